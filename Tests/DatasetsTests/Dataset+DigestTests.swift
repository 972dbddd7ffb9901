// One number for the images of a data set.

import Host
import Numerics
import Testing

@testable import Datasets

@Suite struct DatasetDigestTests {
  private func images(_ count: Int, changing image: Int? = nil, label: Int? = nil) -> LabeledImages
  {
    let shape = ImageShape(channels: 1, height: 2, width: 2)
    var pixels = (0..<count * 4).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var labels = (0..<count).map { ClassLabel($0 % 3) }
    if let image { pixels[image * 4 + 3] ^= 1 }
    if let label { labels[label] = 3 }
    return LabeledImages(shape: shape, classCount: 4, pixels: pixels, labels: labels)
  }

  private func digest(
    _ training: LabeledImages, _ validation: Int = 10, location: String = "a", threads: Int = 1
  ) -> String {
    Dataset(
      name: "n", training: training, validation: images(validation), test: images(5),
      location: location
    ).digest(pool: WorkerPool(threadCount: threads))
  }

  @Test func equalImagesHaveEqualDigests() {
    let one = digest(images(2_500))
    #expect(one.count == 64)
    #expect(digest(images(2_500), location: "b", threads: 3) == one)
  }

  @Test func anyImageLabelAndSplitCounts() {
    var digests: Set<String> = [
      digest(images(2_500)), digest(images(2_499)), digest(images(2_500), 11),
    ]
    for place in [0, 999, 1_000, 2_499] {
      digests.insert(digest(images(2_500, changing: place)))
      digests.insert(digest(images(2_500, label: place)))
    }
    #expect(digests.count == 11)
  }
}
