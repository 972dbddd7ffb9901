// Networks before their training.

import Baselines
import Configurations
import Numerics
import TargetNetworks
import Testing

@Suite struct MemberInitializationTests {
  private func weights(_ deviation: Float, _ bias: Float, seed: UInt64 = 1) throws -> (
    TargetArchitecture, [Float]
  ) {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 8, width: 8),
      layers: [
        .convolution(filters: 40, size: 3, stride: 1, padding: .same), .normalization, .relu,
        .fullyConnected(outputs: 50),
      ])
    let values = SharedBuffer<Float>(count: target.weightCount)
    MemberInitialization(deviation: deviation, bias: bias)
      .fill(values.view, target: target, seed: seed)
    return (target, values.view.array)
  }

  @Test(arguments: [(0, 0), (0.1, 0.25)] as [(Float, Float)])
  func momentsByLayer(deviation: Float, bias: Float) throws {
    let (target, values) = try weights(deviation, bias)
    for block in target.blocks {
      var kernels: [Double] = []
      for filter in 0..<block.filterCount {
        let own = Array(
          values[
            block.offset + filter * block.filterSize..<block.offset + (filter + 1)
              * block.filterSize])
        kernels += own.prefix(block.kernelCount).map(Double.init)
        #expect(
          Array(own.suffix(from: block.kernelCount)) == (block.isNormalized ? [1, 0] : [bias]))
      }
      let variance = kernels.reduce(0) { $0 + $1 * $1 } / Double(kernels.count)
      let expected = deviation > 0 ? Double(deviation * deviation) : 2 / Double(block.kernelCount)
      #expect(abs(variance / expected - 1) <= 5 / Double(kernels.count).squareRoot())
      let mean = kernels.reduce(0, +) / Double(kernels.count)
      #expect(abs(mean) <= 4 * (expected / Double(kernels.count)).squareRoot())
    }
  }

  @Test func differsBySeed() throws {
    #expect(try weights(0, 0).1 == weights(0, 0).1)
    #expect(try weights(0, 0).1 != weights(0, 0, seed: 2).1)
  }
}
