// Which images the samples of a step see.

import Configurations
import Datasets
import Numerics
import Testing
import Training

@Suite struct StepInputsTests {
  private let imageCount = 60
  private let perLatent = 5
  private let samples = 12

  private func dealt(committee: Int, samples own: Range<Int>, steps: ClosedRange<Int>) throws
    -> [[Int32]]
  {
    let configuration = try Configuration.preset(
      "quickstart",
      overrides: [
        "training={latents: \(samples), imagesPerLatent: \(perLatent), seed: 3}",
        "distribution.shards=4", "objective.committee=\(committee)",
      ])
    let inputs = StepInputs(
      settings: StepSettings(configuration), architecture: configuration.hypernetwork,
      images: LabeledImages(
        shape: ImageShape(channels: 1, height: 1, width: 1), classCount: 1,
        pixels: [UInt8](repeating: 0, count: imageCount),
        labels: [ClassLabel](repeating: 0, count: imageCount)),
      samples: own, sampleCount: samples)
    return steps.map { inputs.draw($0, probes: nil).images.array }
  }

  /// Without committees the samples of all steps take the images in their order.
  @Test func withoutCommittees() throws {
    let order = ImageOrder(imageCount: imageCount, seed: 3)
    let expected = AlignedBuffer<Int32>(count: 4 * samples * perLatent)
    order.fill(expected.view, from: 0)
    #expect(
      try dealt(committee: 1, samples: 0..<samples, steps: 1...4).flatMap { $0 }
        == expected.view.array)
  }

  /// Members see one set; the sets of all steps take the images in their order, so that an epoch is complete.
  @Test(arguments: [2, 3, 4, 6, 12]) func committeesSeeTheSameImages(committee: Int) throws {
    let sets = samples / committee
    var seen: [Int32] = []
    for images in try dealt(committee: committee, samples: 0..<samples, steps: 1...committee) {
      let own = (0..<samples).map { Array(images[$0 * perLatent..<($0 + 1) * perLatent]) }
      for sample in 0..<samples { #expect(own[sample] == own[sample / committee * committee]) }
      for set in 0..<sets { seen += own[set * committee] }
    }
    // One epoch: 60 images, a c-th of them a step.
    #expect(seen.sorted() == (0..<Int32(imageCount)).map { $0 })
  }

  /// A rank draws for its own samples what one rank draws for them, wherever committees are cut.
  @Test(arguments: [1, 3, 4, 6]) func ranksDrawTheirPart(committee: Int) throws {
    let whole = try dealt(committee: committee, samples: 0..<samples, steps: 1...9)
    for (rank, own) in [0..<5, 5..<7, 7..<12].enumerated() {
      // A resumed run has drawn nothing before.
      let first = 1 + 3 * rank
      for (index, images) in try dealt(committee: committee, samples: own, steps: first...9)
        .enumerated()
      {
        #expect(
          images
            == Array(
              whole[first - 1 + index][own.lowerBound * perLatent..<own.upperBound * perLatent]))
      }
    }
  }
}
