// Noise on weights.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@testable import Baselines

@Suite struct NoisyNetworksTests {
  /// Each filter's noise has the size of its own root mean square; size 0 leaves the network after gauge fixing.
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
      for filter in 0..<block.filterCount {
        let range =
          block.offset + filter * block.filterSize..<block.offset + (filter + 1) * block.filterSize
        let own = still.view.slice(range)
        let size = (VectorMath.sumOfSquares(own) / Float(own.count)).squareRoot()
        VectorMath.add(own, times: -1, to: noisy.view.slice(range))
        let noise = (VectorMath.sumOfSquares(noisy.view.slice(range)) / Float(own.count))
          .squareRoot()
        #expect(abs(noise / size / 0.3 - 1) <= 5 / Float(2 * own.count).squareRoot())
      }
    }
    let other = SharedBuffer<Float>(count: target.weightCount)
    networks.fill(other.view, network: 2, thread: 0)
    networks.fill(noisy.view, network: 1, thread: 0)
    #expect(other.view.array != noisy.view.array)
  }
}
