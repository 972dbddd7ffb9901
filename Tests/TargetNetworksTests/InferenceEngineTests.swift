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

  /// Each layer behind which ReLU stands, with its filters that are above 0 somewhere, some being pressed below.
  @Test func hiddenUnitsThatLetImagesPass() throws {
    for (name, architecture) in try Architectures.small() + Architectures.normalized() {
      let problem = Problem(architecture, imageCount: 5, numbers: .normal)
      for block in architecture.blocks {
        for filter in stride(from: 0, to: block.filterCount, by: 3) {
          problem.weights.view[block.offset + (filter + 1) * block.filterSize - 1] = -100
        }
      }
      let statistics = (0..<architecture.statisticCount).map { 0.5 + Double($0 % 3) }
      let given = SharedBuffer<Float>(count: statistics.count)
      given.view.copy(from: statistics)
      // Both made for as many images: the layout, and so the bits, go by that. All evaluations make their engines for one number.
      let (engine, plain) = try (
        InferenceEngine(architecture: architecture, imageCount: 2),
        InferenceEngine(architecture: architecture, imageCount: 2)
      )
      for engine in [engine, plain] {
        engine.loadWeights(
          problem.weights.view, statistics: architecture.isNormalized ? given.view : nil)
      }
      let hidden = engine.hiddenUnits
      let expected = activeUnits(problem, statistics)
      #expect(hidden.map(\.block) == expected.keys.sorted(), "\(name)")
      let active = SharedBuffer<UInt8>(count: hidden.last?.range.upperBound ?? 0)
      let logits = SharedBuffer<Float>(count: 5 * architecture.classCount)
      engine.logits(
        images: problem.images.view, count: 5, into: logits.view, markingActive: active.view,
        lookedAt: 3)
      let expectedLogits = SharedBuffer<Float>(count: logits.view.count)
      plain.logits(images: problem.images.view, count: 5, into: expectedLogits.view)
      #expect(logits.view.array == expectedLogits.view.array, "\(name)")
      var silent = 0
      for units in hidden {
        let found = units.range.map { active.view[$0] == 1 }
        #expect(found == expected[units.block], "\(name), block \(units.block)")
        silent += found.count { !$0 }
      }
      #expect(hidden.isEmpty || silent > 0 && silent < active.view.count, "\(name)")
    }
  }

  /// By the formulas, for each block behind which ReLU stands, which filters are above 0 for one of the first three images.
  private func activeUnits(_ problem: Problem, _ statistics: [Double]) -> [Int: [Bool]] {
    let values = NaiveNetwork(
      architecture: problem.architecture, statistics: statistics
    ).activations(problem.weightsInDouble, problem.naiveImages)
    func flat(_ layers: [TargetLayer]) -> [TargetLayer] {
      layers.flatMap { if case .residual(let inner) = $0 { flat(inner) } else { [$0] } }
    }
    var (active, block) = ([Int: [Bool]](), -1)
    for (layer, output) in zip(flat(problem.architecture.layers), values.dropFirst()) {
      switch layer {
      case .convolution, .fullyConnected: block += 1
      case .relu where block >= 0:
        let pixels = output.shape.height * output.shape.width
        active[block] = (0..<output.shape.channels).map { channel in
          (0..<3).contains { image in
            let first = (image * output.shape.channels + channel) * pixels
            return output.values[first..<first + pixels].contains { $0 > 0 }
          }
        }
      default: break
      }
    }
    return active
  }
}
