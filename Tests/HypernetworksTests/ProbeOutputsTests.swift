// What networks say of shared images, with the precision that training has.

import Collectives
import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import Testing

@Suite struct ProbeOutputsTests {
  private let samples = 4

  private func layout() throws -> HypernetworkLayout {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 1, height: 8, width: 8),
      layers: [
        .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
        .fullyConnected(outputs: 3),
      ])
    return try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 6, prior: .normal, codeSize: 4, extractorHidden: [5],
        generatorHidden: [[5], [5]]), target: target)
  }

  /// Class probabilities of the probes that the objective makes.
  private func outputs(_ precision: ElementType) throws -> [Float] {
    let layout = try layout()
    let objective = try DiversityObjective(
      settings: ObjectiveSettings(diversity: .outputEntropy, probeImages: 5), seed: 3,
      imagesPerLatent: 1, precision: precision, exchange: .allgather,
      plan: try ShardPlan(sampleCount: samples, shardCount: 4, rankCount: 1),
      communicator: .alone, layout: layout,
      pool: WorkerPool(threadCount: 1) { LibraryThreads.useOne() }, clock: PhaseClock())
    let probes = try #require(objective.probes)
    let weights = AlignedBuffer<Float>(count: samples * layout.weightCount)
    CounterRandom(seed: 4, purpose: .test).fillNormal(weights.view)
    VectorMath.scale(weights.view, by: 0.1)
    CounterRandom(seed: 5, purpose: .test).fillUniform(probes.images, low: 0, high: 1)
    probes.compute(weights.view)
    return probes.outputs.array
  }

  /// The networks' activations are rounded where training's are.
  @Test func precisionIsTrainings() throws {
    let (exact, rounded) = (try outputs(.float32), try outputs(.bfloat16))
    #expect(exact != rounded)
    for (exact, rounded) in zip(exact, rounded) { #expect(abs(exact - rounded) <= 0.02) }
  }
}
