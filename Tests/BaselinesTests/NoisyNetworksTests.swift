// Noise on weights.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@testable import Baselines

@Suite struct NoisyNetworksTests {
  /// Each kernel's noise has the size of its own root mean square, whatever its bias is; size 0 leaves the network after gauge fixing.
  @Test func sizesByFilter() throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 9, width: 9),
      layers: [
        .convolution(filters: 5, size: 9, stride: 1, padding: .same), .relu,
        .fullyConnected(outputs: 10),
      ])
    let base = SharedBuffer<Float>(count: target.weightCount)
    CounterRandom(seed: 1, purpose: .test).fillNormal(base.view)
    VectorMath.scale(base.view.slice(target.blocks[1].range), by: 0.01)
    for block in target.blocks {
      for filter in 0..<block.filterCount {
        base.view[block.offset + (filter + 1) * block.filterSize - 1] *= 1_000
      }
    }
    let gauge = GaugedWeights(.scale, target: target, threadCount: 1)
    let networks = NoisyNetworks(
      [base], count: 4, seed: 5, noise: 0, gauge: gauge, target: target)
    let (still, noisy) = (
      SharedBuffer<Float>(count: target.weightCount), SharedBuffer<Float>(count: target.weightCount)
    )
    networks.fill(still.view, network: 1, thread: 0)
    let fixed = SharedBuffer<Float>(count: target.weightCount)
    fixed.view.copy(from: base.view)
    gauge.fix(fixed.view, thread: 0)
    #expect(still.view.array == fixed.view.array)
    networks.noise = 0.3
    networks.fill(noisy.view, network: 1, thread: 0)
    for block in target.blocks {
      let kernelCount = block.kernelShape.reduce(1, *)
      for filter in 0..<block.filterCount {
        let first = block.offset + filter * block.filterSize
        let own = still.view.slice(first, block.filterSize)
        let noise = noisy.view.slice(first, block.filterSize)
        VectorMath.add(own, times: -1, to: noise)
        func rootMeanSquare(_ values: FloatView) -> Float {
          (VectorMath.sumOfSquares(values) / Float(values.count)).squareRoot()
        }
        let ratio =
          rootMeanSquare(noise.slice(0, kernelCount)) / rootMeanSquare(own.slice(0, kernelCount))
        #expect(abs(ratio / 0.3 - 1) <= 5 / Float(2 * kernelCount).squareRoot())
        let bias = own[kernelCount]
        #expect(abs(noise[kernelCount]) <= 5 * 0.3 * abs(bias))
      }
    }
    let other = SharedBuffer<Float>(count: target.weightCount)
    networks.fill(other.view, network: 2, thread: 0)
    networks.fill(noisy.view, network: 1, thread: 0)
    #expect(other.view.array != noisy.view.array)
  }
}
