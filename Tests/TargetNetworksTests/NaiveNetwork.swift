// A whole target network in Double, by the formulas.

import Glibc
import NaiveReference
import TargetNetworks
import TensorCore

/// Logits, loss and gradients of a target network, layer by layer in the order of its list.
struct NaiveNetwork {
  struct Pass {
    /// (image, class).
    var logits: [Double]
    var crossEntropySum: Double
    var correctCount: Int
  }

  let architecture: TargetArchitecture

  private func convolution(_ index: Int, on input: ImageShape) -> Naive.Convolution? {
    switch architecture.layers[index] {
    case .convolution(let filters, let size, let stride, let padding):
      Naive.Convolution(filters: filters, size: size, stride: stride, same: padding == .same)
    case .fullyConnected(let outputs):
      Naive.Convolution(fullyConnected: outputs, on: input)
    default: nil
    }
  }

  private func pooling(_ index: Int) -> Naive.Pooling? {
    switch architecture.layers[index] {
    case .maxPool(let size, let stride): Naive.Pooling(.max, size: size, stride: stride)
    case .averagePool(let size, let stride): Naive.Pooling(.average, size: size, stride: stride)
    default: nil
    }
  }

  private func weights(of index: Int, in flat: [Double]) -> [Double] {
    Array(flat[architecture.blocks.first { $0.layerIndex == index }!.range])
  }

  /// What each layer reads, then the logits.
  func activations(_ weights: [Double], _ images: NaiveImages) -> [NaiveImages] {
    var values = [images]
    for index in architecture.layers.indices {
      let x = values[index]
      if let convolution = convolution(index, on: x.shape) {
        values.append(convolution.forward(x, weights: self.weights(of: index, in: weights)))
      } else if let pooling = pooling(index) {
        values.append(pooling.forward(x))
      } else {
        values.append(Naive.relu(x))
      }
    }
    return values
  }

  private func loss(_ logits: [Double], _ labels: [UInt8]) -> Pass {
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

  func forward(_ weights: [Double], _ images: NaiveImages, _ labels: [UInt8]) -> Pass {
    loss(activations(weights, images).last!.values, labels)
  }

  /// Gradients of `scale` times the sum of cross-entropies.
  func gradients(
    _ weights: [Double], _ images: NaiveImages, _ labels: [UInt8], scale: Double
  ) -> (weights: [Double], images: [Double]) {
    let values = activations(weights, images)
    var gradient = values.last!
    let classes = architecture.classCount
    for (image, label) in labels.enumerated() {
      let range = image * classes..<(image + 1) * classes
      let powers = gradient.values[range].map { exp($0) }
      let sum = powers.reduce(0, +)
      for (k, power) in powers.enumerated() {
        gradient.values[range.lowerBound + k] = scale * (power / sum - (k == label ? 1 : 0))
      }
    }
    var flat = [Double](repeating: 0, count: weights.count)
    for index in architecture.layers.indices.reversed() {
      let x = values[index]
      if let convolution = convolution(index, on: x.shape) {
        let found = convolution.backward(
          x, weights: self.weights(of: index, in: weights), outputGradient: gradient)
        let block = architecture.blocks.first { $0.layerIndex == index }!
        flat.replaceSubrange(block.range, with: found.weights)
        gradient = found.source
      } else if let pooling = pooling(index) {
        gradient = pooling.backward(x, outputGradient: gradient)
      } else {
        gradient = Naive.reluGradient(values[index + 1], outputGradient: gradient)
      }
    }
    return (flat, gradient.values)
  }
}
