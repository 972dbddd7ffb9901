// Filters put into the order of another network's.

import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import Testing

@Suite struct FilterMatchingTests {
  private let target = try! TargetArchitecture(
    input: ImageShape(channels: 2, height: 8, width: 8),
    layers: [
      .convolution(filters: 5, size: 3, stride: 1, padding: .same), .relu,
      .maxPool(size: 2, stride: 2), .convolution(filters: 4, size: 3, stride: 1, padding: .valid),
      .relu, .fullyConnected(outputs: 6), .relu, .fullyConnected(outputs: 3),
    ])

  private func random(_ count: Int, _ stream: Int) -> AlignedBuffer<Float> {
    let buffer = AlignedBuffer<Float>(count: count)
    CounterRandom(seed: 6, purpose: .test, major: stream).fillNormal(buffer.view)
    return buffer
  }

  /// A network with its filters in another order, channels moved along, is found to be the same one.
  @Test func shuffledNetworkIsPutInOrder() throws {
    let reference = random(target.weightCount, 0)
    let shuffled = AlignedBuffer<Float>(count: target.weightCount)
    var channels = [0, 1]
    for block in target.blocks {
      let isLast = block.name == target.blocks.last!.name
      // Multiplication by 3 is a permutation of counts that 3 does not divide; 6 goes backward.
      let order = (0..<block.filterCount).map {
        isLast
          ? $0
          : block.filterCount % 3 == 0
            ? block.filterCount - 1 - $0 : ($0 * 3 + 1) % block.filterCount
      }
      for (place, source) in order.enumerated() {
        let from = block.offset + source * block.filterSize
        let to = block.offset + place * block.filterSize
        for (channel, old) in channels.enumerated() {
          for element in 0..<block.elementsPerChannel {
            shuffled[to + channel * block.elementsPerChannel + element] =
              reference[from + old * block.elementsPerChannel + element]
          }
        }
        shuffled[to + block.kernelCount] = reference[from + block.kernelCount]
      }
      channels = order
    }
    #expect(shuffled.view.array != reference.view.array)
    FilterMatching(target: target).match(shuffled.view, to: reference.view)
    #expect(shuffled.view.array == reference.view.array)
  }

  /// Matching any network to another leaves what it computes.
  @Test func matchingKeepsTheFunction() throws {
    LibraryThreads.useOne()
    let reference = random(target.weightCount, 1)
    let weights = random(target.weightCount, 2)
    let before = weights.view.array
    let images = random(4 * target.input.count, 3)
    let engine = try InferenceEngine(architecture: target, imageCount: 4)
    func logits() -> [Float] {
      let logits = AlignedBuffer<Float>(count: 4 * 3)
      engine.loadWeights(weights.view)
      engine.logits(images: images.view, count: 4, into: logits.view)
      return logits.view.array
    }
    let expected = logits()
    FilterMatching(target: target).match(weights.view, to: reference.view)
    #expect(weights.view.array != before)
    let scale = expected.map { abs($0) }.max()!
    for (found, wanted) in zip(logits(), expected) { #expect(abs(found - wanted) <= 1e-5 * scale) }
  }
}
