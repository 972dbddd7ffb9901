// What a layer's weight gradient is made of.

import Numerics

/// The factors of dW = dY^T X: rows shard by shard.
struct GradientFactors: Sendable {
  let shardRows: Int
  /// What products multiply.
  let type: ElementType
  /// dL/dY, (rows, outputs), and X, (rows, inputs); either may be filled up with more columns.
  let gradient: MatrixView
  let input: MatrixView
  let outputs: Int
  let inputs: Int
  /// Where dW begins among all parameters.
  let offset: Int

  var hasManyRows: Bool { PerceptronLayer.isMany(input.rows) }

  /// Some columns of one shard's dY, as dY^T.
  func left(_ shard: Int, _ columns: Range<Int>, _ scratch: FloatView) -> LeftFactor {
    LeftFactor(
      columnsOf: gradient.rows(rows(of: shard)).columns(columns), as: type, scratch: scratch)
  }

  /// Some columns of one shard's X.
  func right(_ shard: Int, _ columns: Range<Int>, _ scratch: FloatView) -> RightFactor {
    RightFactor(input.rows(rows(of: shard)), columns: columns, as: type, scratch: scratch)
  }

  private func rows(of shard: Int) -> Range<Int> { shard * shardRows..<(shard + 1) * shardRows }
}
