// In which order training images are dealt.

import Numerics
import Testing
import Training

@Suite struct ImageOrderTests {
  private func images(_ order: ImageOrder, _ range: Range<Int>) -> [Int32] {
    let indices = AlignedBuffer<Int32>(count: range.count)
    order.fill(indices.view, from: range.lowerBound)
    return indices.view.array
  }

  @Test(arguments: [1, 2, 37, 500]) func eachEpochIsAPermutation(count: Int) {
    let order = ImageOrder(imageCount: count, seed: 3)
    var epochs: [[Int32]] = []
    for epoch in 0..<4 {
      let dealt = images(order, epoch * count..<(epoch + 1) * count)
      #expect(dealt.sorted() == (0..<Int32(count)).map { $0 })
      epochs.append(dealt)
    }
    if count > 2 { #expect(Set(epochs).count == 4) }
  }

  /// Taken in any pieces, by any rank, from any step on: the same deal.
  @Test func positionAloneDecides() {
    let whole = images(ImageOrder(imageCount: 37, seed: 3), 0..<200)
    let order = ImageOrder(imageCount: 37, seed: 3)
    for (first, count) in [(0, 5), (5, 40), (190, 10), (30, 80), (36, 1), (37, 1), (111, 89)] {
      let range = first..<first + count
      #expect(images(order, range) == Array(whole[range]))
      // A resumed run has drawn nothing before.
      #expect(images(ImageOrder(imageCount: 37, seed: 3), range) == Array(whole[range]))
    }
  }

  @Test func seedsDeal() {
    let orders = (0..<5).map { seed in
      images(ImageOrder(imageCount: 100, seed: seed), 0..<100)
    }
    #expect(Set(orders).count == 5)
  }

  /// Every image comes to every place about equally often.
  @Test func placesAreEqual() {
    let (count, epochs) = (10, 4_000)
    let dealt = images(ImageOrder(imageCount: count, seed: 8), 0..<count * epochs)
    for place in 0..<count {
      var seen = [Int](repeating: 0, count: count)
      for epoch in 0..<epochs { seen[Int(dealt[epoch * count + place])] += 1 }
      // Five standard deviations around 400.
      for image in 0..<count { #expect(abs(seen[image] - epochs / count) < 95) }
    }
  }
}
