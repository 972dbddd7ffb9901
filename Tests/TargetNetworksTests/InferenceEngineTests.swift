// Logits of any number of images.

import Configurations
import Numerics
import TargetNetworks
import Testing

@Suite struct InferenceEngineTests {
  /// However many images are asked for at a time, each gets the same logits.
  @Test func logitsOfAnyNumberOfImages() throws {
    let problem = Problem(try Architectures.mnist(), imageCount: 21)
    let all = try problem.logits()
    let engine = try InferenceEngine(architecture: problem.architecture, imageCount: 21)
    engine.loadWeights(problem.weights.view)
    for count in [0, 1, 5, 20] {
      let part = SharedBuffer<Float>(count: count * 10)
      engine.logits(images: problem.images.view, count: count, into: part.view)
      #expect(part.view.doubles == Array(all.prefix(count * 10)))
    }
  }

  /// Given statistics do not care how many images there are: fewer than it was made for, and more.
  @Test func normalizedImagesOneByOne() throws {
    for (name, architecture) in try Architectures.normalized() {
      let problem = Problem(architecture, imageCount: 7, numbers: .normal)
      let statistics = (0..<architecture.statisticCount).map { 0.5 + Double($0 % 3) }
      let all = try problem.logits(statistics: statistics)
      let engine = try InferenceEngine(architecture: architecture, imageCount: 3)
      let given = SharedBuffer<Float>(count: statistics.count)
      given.view.copy(from: statistics)
      engine.loadWeights(problem.weights.view, statistics: given.view)
      let classes = architecture.classCount
      for count in [1, 3, 7] {
        let part = SharedBuffer<Float>(count: count * classes)
        engine.logits(images: problem.images.view, count: count, into: part.view)
        expectNear(
          part.view.doubles, Array(all.prefix(count * classes)), "\(name), \(count) images")
      }
    }
  }
}
