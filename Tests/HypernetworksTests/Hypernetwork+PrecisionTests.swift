// How far gradients of bfloat16 products are from those of Float.

import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct HypernetworkPrecisionTests {
  /// A generator of many rows, one of few, and one that yields a layer whole.
  private func layout() throws -> HypernetworkLayout {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 2, height: 10, width: 10),
      layers: [
        .convolution(filters: 20, size: 3, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 9), .relu,
        .fullyConnected(outputs: 10),
      ])
    return try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 20, prior: .normal, codeSize: 15, extractorHidden: [50, 50],
        generatorHidden: [[60, 60], [40, 40, 40], [64, 64]], skipConnections: true,
        initialShift: 1), target: target)
  }

  private static let latentCount = 16

  private func gradient(_ precision: ElementType, threads: Int = 1) throws -> [Double] {
    let layout = try layout()
    let parameters = HypernetworkParameters(layout: layout, seed: 3)
    let network = try Hypernetwork(
      parameters: parameters, fixesGauge: .scale,
      plan: try ShardPlan(sampleCount: Self.latentCount, shardCount: 4, rankCount: 1),
      communicator: .alone, precision: precision,
      pool: WorkerPool(threadCount: threads) { LibraryThreads.useOne() }, clock: PhaseClock())
    let latents = AlignedBuffer<Float>(count: Self.latentCount * layout.latentSize)
    CounterRandom(seed: 4, purpose: .test).fillNormal(latents.view)
    let weights = try network.forward(latents.view)
    let slopes = AlignedBuffer<Float>(count: weights.count)
    CounterRandom(seed: 5, purpose: .test).fillNormal(slopes.view)
    return try network.backward(slopes.view).doubles
  }

  /// The error's norm is within 4 % of the gradient's, where the processor multiplies bfloat16; elsewhere there is none.
  @Test func errorIsSmall() throws {
    let (exact, rounded) = (try gradient(.float32), try gradient(.bfloat16))
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let difference = zip(exact, rounded).map { $0 - $1 }
    let error = (dot(difference, difference) / dot(exact, exact)).squareRoot()
    let cosine = dot(exact, rounded) / (dot(exact, exact) * dot(rounded, rounded)).squareRoot()
    #expect(error <= 0.04, "\(error)")
    #expect(cosine >= 0.999, "\(cosine)")
    #expect((error > 1e-5) == BFloat16View.hasInstructions)
  }

  @Test func threadsGiveTheSameBits() throws {
    #expect(try gradient(.bfloat16) == gradient(.bfloat16, threads: 3))
  }
}
