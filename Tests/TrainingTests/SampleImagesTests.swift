// What the networks see of the images they were dealt.

import Configurations
import Datasets
import Numerics
import Testing
import Training

@Suite struct SampleImagesTests {
  private let shape = ImageShape(channels: 1, height: 28, width: 28)

  /// The pixels that a rank's first `count` samples see of the same four images, changed at random.
  private func pixels(committee: Int, firstSample: Int, count: Int, step: Int = 1) throws
    -> [[Float]]
  {
    let configuration = try Configuration.preset(
      "quickstart",
      overrides: ["data.augment=shift", "objective.committee=\(committee)"])
    let images = SampleImages(
      LabeledImages(
        shape: shape, classCount: 10,
        pixels: (0..<4 * shape.count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) },
        labels: [3, 1, 4, 2]),
      settings: StepSettings(configuration), firstSample: firstSample)
    let indices = AlignedBuffer<Int32>(count: 4)
    indices.view.copy(from: [2, 0, 1, 3])
    return (0..<count).map { local in
      let pixels = AlignedBuffer<Float>(count: 4 * shape.count)
      let labels = AlignedBuffer<ClassLabel>(count: 4)
      images.copy(
        indices.view, step: step, local: local, into: pixels.view, answers: .classes(labels.view))
      #expect(labels.view.array == [4, 3, 1, 2])
      return pixels.view.array
    }
  }

  @Test func samplesAloneAreChangedDifferently() throws {
    #expect(Set(try pixels(committee: 1, firstSample: 0, count: 8)).count == 8)
  }

  /// One change for a committee, another for the next, others in another step, on whatever ranks they are.
  @Test func committeesSeeOneChange() throws {
    let seen = try pixels(committee: 4, firstSample: 0, count: 12)
    for sample in 0..<12 { #expect(seen[sample] == seen[sample / 4 * 4]) }
    #expect(Set(seen).count == 3)
    #expect(try pixels(committee: 4, firstSample: 3, count: 9) == Array(seen[3...]))
    #expect(try pixels(committee: 4, firstSample: 0, count: 1, step: 2)[0] != seen[0])
  }
}
