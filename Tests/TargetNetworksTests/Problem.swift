// A network with weights, images and labels.

import Glibc
import Host
import NaiveReference
import Numerics
import TargetNetworks
import TestSupport

/// Random weights of a size that keeps activations near 1, random images, random labels.
struct Problem {
  struct Trained: Equatable {
    var result: TargetResult
    var gradient: [Double]

    static func == (left: Self, right: Self) -> Bool {
      left.result.lossSum == right.result.lossSum
        && left.result.correctCount == right.result.correctCount
        && left.gradient == right.gradient
    }
  }

  let architecture: TargetArchitecture
  let imageCount: Int
  let labels: [ClassLabel]
  let weights: SharedBuffer<Float>
  let images: SharedBuffer<Float>
  private let labelBuffer: SharedBuffer<ClassLabel>

  var labelView: VectorView<ClassLabel> { labelBuffer.view }
  var weightsInDouble: [Double] { weights.view.doubles }
  var naiveImages: NaiveImages {
    NaiveImages(count: imageCount, shape: architecture.input, values: images.view.doubles)
  }

  /// The images as engines of several networks read them.
  func sharedImages() throws -> SharedImages {
    let shared = try SharedImages(architecture: architecture, imageCount: imageCount)
    let size = architecture.input.count
    for slice in 0..<shared.sliceCount {
      let range = shared.range(of: slice)
      shared.fill(slice) {
        $0.copy(from: images.view.slice(range.lowerBound * size, range.count * size))
      }
    }
    return shared
  }

  enum Numbers {
    /// Few binary digits: all sums before the logits are exact, so that ReLU and max pooling decide in
    /// single precision as they do in Double, ties included.
    case short
    case normal
  }

  init(
    _ architecture: TargetArchitecture, imageCount: Int, numbers: Numbers = .short,
    stream: Int = 0
  ) {
    self.architecture = architecture
    self.imageCount = imageCount
    weights = SharedBuffer(count: architecture.weightCount)
    for block in architecture.blocks {
      let (deviation, stream) = (
        (2 / Double(block.filterSize)).squareRoot(), stream + block.layerIndex
      )
      // Whole numbers up to 2 have a standard deviation of the square root of 2.
      let unit = exp2(log2(deviation / 2.squareRoot()).rounded())
      // Blocks of one residual block have its index.
      let own = stream + 1000 * (block.isNormalized ? block.offset : 0)
      weights.view.slice(block.range).copy(
        from: numbers == .short
          ? TestData.whole(block.count, largest: 2, unit: unit, stream: own)
          : TestData.normal(block.count, deviation: deviation, stream: own))
      guard block.isNormalized else { continue }
      let trailing = TestData.normal(2 * block.filterCount, deviation: 0.5, stream: own + 1)
      for filter in 0..<block.filterCount {
        let place = block.offset + filter * block.filterSize + block.kernelCount
        weights.view[place] = 1 + Float(trailing[2 * filter])
        weights.view[place + 1] = Float(trailing[2 * filter + 1])
      }
    }
    images = SharedBuffer(count: imageCount * architecture.input.count)
    images.view.copy(
      from: numbers == .short
        ? TestData.whole(images.view.count, largest: 4, unit: 0.25, stream: stream + 50)
        : TestData.normal(images.view.count, deviation: 1, stream: stream + 50))
    let random = CounterRandom(seed: 7, purpose: .test, major: stream)
    labels = (0..<imageCount).map { ClassLabel(random.integer($0, below: architecture.classCount)) }
    labelBuffer = SharedBuffer(count: imageCount)
    labelBuffer.view.copy(from: labels)
  }

  func trainingEngine(_ activations: ElementType = .float32) throws -> TrainingEngine {
    try TrainingEngine(
      architecture: architecture, imageCount: imageCount, activations: activations)
  }

  func train(scale: Float) throws -> Trained { train(try trainingEngine(), scale: scale) }

  func train(_ engine: TrainingEngine, scale: Float, team: Team = .alone) -> Trained {
    let gradient = SharedBuffer<Float>(count: architecture.weightCount)
    gradient.view.fill(.nan)
    let result = engine.trainingPass(
      weights: weights.view, images: images.view, answers: .classes(labelView),
      gradientScale: scale,
      gradient: gradient.view, team: team)
    return Trained(result: result, gradient: gradient.view.doubles)
  }

  /// (image, class), of a network in use.
  func logits(statistics: [Double] = []) throws -> [Double] {
    let engine = try InferenceEngine(architecture: architecture, imageCount: imageCount)
    load(statistics) { engine.loadWeights(weights.view, statistics: $0) }
    let logits = SharedBuffer<Float>(count: imageCount * architecture.classCount)
    engine.logits(images: images.view, count: imageCount, into: logits.view)
    return logits.view.doubles
  }

  /// Of the sum of cross-entropies.
  func imageGradient(statistics: [Double] = []) throws -> [Double] {
    let engine = try ImageGradientEngine(architecture: architecture, imageCount: imageCount)
    load(statistics) { engine.loadWeights(weights.view, statistics: $0) }
    return imageGradient(engine)
  }

  func imageGradient(_ engine: ImageGradientEngine) -> [Double] {
    let gradient = SharedBuffer<Float>(count: images.view.count)
    gradient.view.fill(.nan)
    engine.imageGradient(images: images.view, answers: .classes(labelView), into: gradient.view)
    return gradient.view.doubles
  }

  private func load(_ statistics: [Double], into body: (FloatView) -> Void) {
    let given = SharedBuffer<Float>(count: statistics.count)
    given.view.copy(from: statistics)
    body(given.view)
  }
}
