// One layer of a perceptron on this rank's shards: where its tensors lie, and its passes.

import Kernels
import Numerics

/// y = x W^T, and in a hidden layer a = max(y, leak * y), with the normalization of a left to the layer above,
/// which runs when all ranks' sums are known. Rows are (local sample, filter), shard by shard.
struct PerceptronLayer: Sendable {
  /// Rows of one shard.
  let shardRows: Int
  let inputWidth: Int
  let width: Int
  let leak: Float
  /// (out, in), and where it begins among all parameters.
  let weight: FloatView
  let weightOffset: Int
  /// (rows, in). A first layer's is written by the caller.
  let input: FloatView
  /// (rows, out): of a hidden layer what its normalization reads.
  let output: FloatView
  /// dL / d(what comes out, a hidden layer's normalization included); the last layer's is written by the caller.
  let gradient: FloatView
  /// dL / d input; nil where nobody asks for it.
  let inputGradient: FloatView?
  /// What makes ``input`` of the layer below; nil for a first layer.
  let below: HiddenNormalization?
  /// What is added to that: the input of the layer below, if that layer has a skip connection.
  let skippedInput: FloatView?
  /// Nil for a last layer.
  let normalization: HiddenNormalization?
  /// Whether this layer's input is added to its normalized output.
  let isSkipped: Bool

  /// Overwrites one shard's input (but for a first layer) and output, and its sums for the normalization.
  func forward(_ shard: Int) {
    let input = rows(of: input, inputWidth, shard)
    if let below {
      below.normalize(shard, into: input)
      if let skippedInput {
        VectorMath.add(rows(of: skippedInput, inputWidth, shard), times: 1, to: input)
      }
    }
    let output = rows(of: output, width, shard)
    MatrixProduct.multiply(
      input, weight, transposeB: true, into: output, rows: shardRows, columns: width,
      inner: inputWidth)
    if let normalization {
      PerceptronKernels.activate(
        output, rows: shardRows, width: width, leak: leak, sums: normalization.sums(of: shard))
    }
  }

  /// Turns one shard's ``gradient`` into that of y, overwrites ``inputGradient``, and sums up for the normalization
  /// below. `skipped` (one shard's input, scratch) holds what a skip connection carries back.
  func backward(_ shard: Int, skipped: FloatView) {
    let gradient = rows(of: gradient, width, shard)
    if isSkipped { skipped.slice(0, gradient.count).copy(from: gradient) }
    normalization?.backward(gradient, shard, leak: leak)
    guard let inputGradient else { return }
    let below = rows(of: inputGradient, inputWidth, shard)
    MatrixProduct.multiply(
      gradient, weight, into: below, rows: shardRows, columns: inputWidth, inner: width)
    if isSkipped { VectorMath.add(skipped.slice(0, below.count), times: 1, to: below) }
    self.below?.sumBackward(below, shard)
  }

  /// Overwrites `product` with one shard's part of dL/dW = dY^T X, of some rows (outputs) of W.
  func weightGradient(_ shard: Int, outputs: Range<Int>, into product: FloatView) {
    let gradient = rows(of: gradient, width, shard)
    MatrixProduct.multiply(
      gradient.slice(outputs.lowerBound, gradient.count - outputs.lowerBound), transposeA: true,
      strideA: width, rows(of: input, inputWidth, shard), into: product, rows: outputs.count,
      columns: inputWidth, inner: shardRows)
  }

  /// Numbers that a skip connection carries back from one shard.
  var skippedCount: Int { isSkipped ? shardRows * inputWidth : 0 }

  private func rows(of matrix: FloatView, _ width: Int, _ shard: Int) -> FloatView {
    matrix.slice(shard * shardRows * width, shardRows * width)
  }
}
