// Dropout as a change of weights.

import Baselines
import Numerics
import TargetNetworks
import Testing

@Suite struct DropoutMaskTests {
  @Test func dropsInputsOfHiddenLayers() throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 2, height: 6, width: 6),
      layers: [
        .convolution(filters: 4, size: 3, stride: 1, padding: .same), .relu,
        .fullyConnected(outputs: 7), .relu, .fullyConnected(outputs: 5), .relu,
        .fullyConnected(outputs: 3),
      ])
    let mask = DropoutMask(target: target, probability: 0.25)
    let values = SharedBuffer<Float>(count: target.weightCount)
    var dropped = 0
    let draws = 40
    for draw in 0..<draws {
      values.view.fill(3)
      mask.apply(CounterRandom(seed: 1, purpose: .test, major: draw), to: values.view)
      for (index, block) in target.blocks.enumerated() {
        for input in 0..<block.kernelCount {
          let factors = Set(
            (0..<block.filterCount).map {
              values.view[block.offset + $0 * block.filterSize + input]
            })
          // All filters lose an input together, and only those of hidden fully connected layers.
          #expect(factors == [3] || factors == [0] || factors == [4])
          #expect((factors == [3]) == (index == 0 || index == 3))
          if factors == [0] { dropped += 1 }
        }
        for filter in 0..<block.filterCount {
          #expect(values.view[block.offset + (filter + 1) * block.filterSize - 1] == 3)
        }
      }
    }
    // 144 inputs of the first, 7 of the second.
    let rate = Double(dropped) / Double(draws * (144 + 7))
    #expect(abs(rate - 0.25) <= 0.03)
  }
}
