// A whole target network in Double, by the formulas.

import Glibc
import Kernels
import NaiveReference
import Numerics
import TargetNetworks

/// Logits, loss and gradients of a target network, layer by layer in the order of its list.
struct NaiveNetwork {
  struct Pass {
    /// (image, class).
    var logits: [Double]
    var crossEntropySum: Double
    var correctCount: Int
  }

  let architecture: TargetArchitecture
  /// Means and variances that normalizations use; their own images' where there are none.
  var statistics: [Double]?

  /// What a forward pass leaves behind.
  private final class Tape {
    var values: [NaiveImages]
    /// What each normalization used, laid out as the statistics are.
    var statistics: [Double]
    var flatGradient: [Double]
    var block = 0

    init(_ images: NaiveImages, architecture: TargetArchitecture) {
      values = [images]
      statistics = [Double](repeating: 0, count: architecture.statisticCount)
      flatGradient = [Double](repeating: 0, count: architecture.weightCount)
    }
  }

  private typealias Pullback = (NaiveImages) -> NaiveImages

  /// What each layer reads, those within residual blocks included, then the logits.
  func activations(_ weights: [Double], _ images: NaiveImages) -> [NaiveImages] {
    let tape = Tape(images, architecture: architecture)
    _ = run(architecture.layers, images, weights, tape)
    return tape.values
  }

  /// Means and variances of what the normalizations see.
  func moments(_ weights: [Double], _ images: NaiveImages) -> [Double] {
    let tape = Tape(images, architecture: architecture)
    _ = run(architecture.layers, images, weights, tape)
    return tape.statistics
  }

  func forward(_ weights: [Double], _ images: NaiveImages, _ labels: [ClassLabel]) -> Pass {
    loss(activations(weights, images).last!.values, labels)
  }

  /// Gradients of `scale` times the sum of cross-entropies.
  func gradients(
    _ weights: [Double], _ images: NaiveImages, _ labels: [ClassLabel], scale: Double
  ) -> (weights: [Double], images: [Double]) {
    let tape = Tape(images, architecture: architecture)
    let (logits, pullback) = run(architecture.layers, images, weights, tape)
    var gradient = logits
    let classes = architecture.classCount
    for (image, label) in labels.enumerated() {
      let range = image * classes..<(image + 1) * classes
      let powers = gradient.values[range].map { exp($0) }
      let sum = powers.reduce(0, +)
      for (k, power) in powers.enumerated() {
        gradient.values[range.lowerBound + k] = scale * (power / sum - (k == label ? 1 : 0))
      }
    }
    return { (tape.flatGradient, $0) }(pullback(gradient).values)
  }

  private func loss(_ logits: [Double], _ labels: [ClassLabel]) -> Pass {
    let classes = architecture.classCount
    var pass = Pass(logits: logits, crossEntropySum: 0, correctCount: 0)
    for (image, label) in labels.enumerated() {
      let row = logits[image * classes..<(image + 1) * classes]
      let own = row[row.startIndex + Int(label)]
      pass.crossEntropySum += log(row.map { exp($0 - own) }.reduce(0, +))
      if row.firstIndex(of: row.max()!) == row.startIndex + Int(label) { pass.correctCount += 1 }
    }
    return pass
  }

  private func run(
    _ layers: [TargetLayer], _ images: NaiveImages, _ weights: [Double], _ tape: Tape
  ) -> (NaiveImages, Pullback) {
    var x = images
    var pullbacks: [Pullback] = []
    for layer in layers {
      let (y, pullback) = run(layer, x, weights, tape)
      pullbacks.append(pullback)
      if case .residual = layer {} else { tape.values.append(y) }
      x = y
    }
    return (x, { gradient in pullbacks.reversed().reduce(gradient) { $1($0) } })
  }

  private func run(
    _ layer: TargetLayer, _ x: NaiveImages, _ weights: [Double], _ tape: Tape
  ) -> (NaiveImages, Pullback) {
    switch layer {
    case .convolution(let filters, let size, let stride, let padding):
      var naive = Naive.Convolution(
        filters: filters, size: size, stride: stride, same: padding == .same)
      if case .zeros(let count) = padding { naive.zeros = count }
      return convolve(naive, x, weights, tape)
    case .fullyConnected(let outputs):
      return convolve(
        Naive.Convolution(fullyConnected: outputs, on: x.shape), x, weights, tape)
    case .normalization: return normalize(x, weights, tape)
    case .relu:
      let y = Naive.relu(x)
      return (y, { Naive.reluGradient(y, outputGradient: $0) })
    case .leakyReLU(let slope):
      let y = Naive.leakyReLU(x, slope: Double(slope))
      return (y, { Naive.leakyReLUGradient(y, slope: Double(slope), outputGradient: $0) })
    case .tanh:
      let y = Naive.tanh(x)
      return (y, { Naive.tanhGradient(y, outputGradient: $0) })
    case .maxPool(let size, let stride):
      let naive = Naive.Pooling(.max, size: size, stride: stride)
      return (naive.forward(x), { naive.backward(x, outputGradient: $0) })
    case .averagePool(let size, let stride):
      let naive = Naive.Pooling(.average, size: size, stride: stride)
      return (naive.forward(x), { naive.backward(x, outputGradient: $0) })
    case .globalAveragePool: return averagePlanes(x)
    case .residual(let layers):
      let (y, pullback) = run(layers, x, weights, tape)
      let (sum, spread) = addShortcut(x, to: y)
      return (
        sum,
        { gradient in
          var total = pullback(gradient)
          for (index, value) in spread(gradient).values.enumerated() {
            total.values[index] += value
          }
          return total
        }
      )
    }
  }

  private func convolve(
    _ naive: Naive.Convolution, _ x: NaiveImages, _ weights: [Double], _ tape: Tape
  ) -> (NaiveImages, Pullback) {
    let block = architecture.blocks[tape.block]
    tape.block += 1
    // Without a bias where a normalization follows.
    let own = (0..<block.filterCount).flatMap { filter -> [Double] in
      let start = block.offset + filter * block.filterSize
      let kernel = Array(weights[start..<start + block.kernelCount])
      return kernel + [block.isNormalized ? 0 : weights[start + block.kernelCount]]
    }
    return (
      naive.forward(x, weights: own),
      { gradient in
        let found = naive.backward(x, weights: own, outputGradient: gradient)
        let count = block.kernelCount + 1
        for filter in 0..<block.filterCount {
          let start = block.offset + filter * block.filterSize
          for k in 0..<(block.isNormalized ? count - 1 : count) {
            tape.flatGradient[start + k] = found.weights[filter * count + k]
          }
        }
        return found.source
      }
    )
  }

  private func normalize(_ x: NaiveImages, _ weights: [Double], _ tape: Tape) -> (
    NaiveImages, Pullback
  ) {
    let block = architecture.blocks[tape.block - 1]
    let pixels = x.shape.height * x.shape.width
    let count = Double(x.count * pixels)
    func places(_ channel: Int) -> [Int] {
      (0..<x.count).flatMap { image in
        (0..<pixels).map { (image * x.shape.channels + channel) * pixels + $0 }
      }
    }
    var y = x
    var normal = x
    var inverses: [Double] = []
    for channel in 0..<x.shape.channels {
      let own = places(channel)
      let slot = block.statisticOffset + channel
      let mean = statistics?[slot] ?? own.map { x.values[$0] }.reduce(0, +) / count
      let variance =
        statistics?[slot + block.filterCount]
        ?? own.map { (x.values[$0] - mean) * (x.values[$0] - mean) }.reduce(0, +) / count
      tape.statistics[slot] = mean
      tape.statistics[slot + block.filterCount] = variance
      let inverse = 1 / (variance + 1e-5).squareRoot()
      inverses.append(inverse)
      let trailing = block.offset + channel * block.filterSize + block.kernelCount
      for place in own {
        normal.values[place] = (x.values[place] - mean) * inverse
        y.values[place] = weights[trailing] * normal.values[place] + weights[trailing + 1]
      }
    }
    // Given statistics are constants.
    let share = statistics == nil ? 1.0 : 0
    return (
      y,
      { gradient in
        var source = gradient
        for channel in 0..<x.shape.channels {
          let own = places(channel)
          let trailing = block.offset + channel * block.filterSize + block.kernelCount
          let sum = own.map { gradient.values[$0] }.reduce(0, +)
          let product = own.map { gradient.values[$0] * normal.values[$0] }.reduce(0, +)
          tape.flatGradient[trailing] = product
          tape.flatGradient[trailing + 1] = sum
          for place in own {
            source.values[place] =
              weights[trailing] * inverses[channel]
              * (gradient.values[place]
                - share * (sum / count + normal.values[place] * product / count))
          }
        }
        return source
      }
    )
  }

  private func averagePlanes(_ x: NaiveImages) -> (NaiveImages, Pullback) {
    let pixels = x.shape.height * x.shape.width
    var y = NaiveImages(
      count: x.count, shape: ImageShape(channels: x.shape.channels, height: 1, width: 1))
    for index in x.values.indices { y.values[index / pixels] += x.values[index] / Double(pixels) }
    return (
      y,
      { gradient in
        var source = x
        for index in source.values.indices {
          source.values[index] = gradient.values[index / pixels] / Double(pixels)
        }
        return source
      }
    )
  }

  /// Every stride-th pixel of `x` for the channels it has.
  private func addShortcut(_ x: NaiveImages, to y: NaiveImages) -> (NaiveImages, Pullback) {
    let stride = (x.shape.height + y.shape.height - 1) / y.shape.height
    func forEachPair(_ body: (_ x: Int, _ y: Int) -> Void) {
      for n in 0..<x.count {
        for c in 0..<x.shape.channels {
          for i in 0..<y.shape.height {
            for j in 0..<y.shape.width {
              body(x.index(n, c, i * stride, j * stride), y.index(n, c, i, j))
            }
          }
        }
      }
    }
    var sum = y
    forEachPair { sum.values[$1] += x.values[$0] }
    return (
      sum,
      { gradient in
        var source = NaiveImages(count: x.count, shape: x.shape)
        forEachPair { source.values[$0] += gradient.values[$1] }
        return source
      }
    )
  }
}
