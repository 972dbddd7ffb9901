// Target networks to time.

import Configurations
import Host
import Numerics
import TargetNetworks

/// Networks with random weights, each with random images and answers of its own.
struct MadeUpNetworks: Sendable {
  private let target: TargetArchitecture
  private let precision: ElementType
  let imageCount: Int
  private let weights: SharedBuffer<Float>
  private let gradients: SharedBuffer<Float>
  private let pixels: SharedBuffer<Float>
  private let room: AnswerRoom

  init(_ configuration: Configuration, count: Int) throws {
    target = try configuration.hypernetworkLayout().target
    precision = configuration.training.precision
    imageCount = configuration.training.imagesPerLatent
    weights = SharedBuffer(count: count * target.weightCount)
    gradients = SharedBuffer(count: count * target.weightCount)
    pixels = SharedBuffer(count: count * imageCount * target.input.count)
    room = AnswerRoom(target, count: count * imageCount)
    let random = CounterRandom(seed: 0, purpose: .test)
    random.fillNormal(weights.view)
    VectorMath.scale(weights.view, by: 0.1)
    random.fillUniform(pixels.view, low: 0, high: 1)
    switch room.answers {
    case .classes(let labels):
      for index in 0..<labels.count {
        labels[index] = ClassLabel(random.integer(index, below: target.classCount))
      }
    case .numbers(let numbers, _): random.fillNormal(numbers)
    }
  }

  /// 2 a multiply-add, of one network's passes; the gradient with respect to the images left out.
  var flops: Double { Double(imageCount) * Double(target.trainingFLOPsPerImage) }

  /// What a team of at most `teamSize` threads runs networks on.
  func engine(teamSize: Int) throws -> TrainingEngine {
    try TrainingEngine(
      architecture: target, imageCount: imageCount, activations: precision, teamSize: teamSize)
  }

  /// Network `index` forward and backward.
  func pass(_ index: Int, on engine: TrainingEngine, _ team: Team) {
    _ = engine.trainingPass(
      weights: weights.view.slice(index * target.weightCount, target.weightCount),
      images: pixels.view.slice(
        index * imageCount * target.input.count, imageCount * target.input.count),
      answers: room.answers.slice(index * imageCount..<(index + 1) * imageCount),
      gradientScale: 1,
      gradient: gradients.view.slice(index * target.weightCount, target.weightCount), team: team)
  }
}
