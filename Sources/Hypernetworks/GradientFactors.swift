// What a layer's weight gradient is made of.

import Numerics

/// The factors of dW = dY^T X, rows leaf by leaf.
struct GradientFactors: Sendable {
  let leaves: RowLeaves
  /// What products multiply.
  let type: ElementType
  /// dL/dY, (rows, outputs), and X, (rows, inputs); either may be filled up with more columns.
  let gradient: MatrixView
  let input: MatrixView
  let outputs: Int
  let inputs: Int
  /// Where dW begins among all parameters.
  let offset: Int

  /// Whether one run's products are computed behind the other's: where rows are many, or not as many in all runs.
  var goesRunByRun: Bool { PerceptronLayer.isMany(input.rows) || !leaves.isEven }

  /// Words that a run's products are summed over.
  func words(_ run: Int) -> Int { type.words(leaves.rows(of: run).count) }

  /// Some columns of one run's dY, as dY^T.
  func left(_ run: Int, _ columns: Range<Int>, _ scratch: FloatView) -> LeftFactor {
    LeftFactor(
      columnsOf: gradient.rows(rows(of: run)).columns(columns), as: type, scratch: scratch)
  }

  /// Some columns of one run's X.
  func right(_ run: Int, _ columns: Range<Int>, _ scratch: FloatView) -> RightFactor {
    RightFactor(input.rows(rows(of: run)), columns: columns, as: type, scratch: scratch)
  }

  /// Of a run without rows the matrix's beginning, where there is something to point to.
  private func rows(of run: Int) -> Range<Int> {
    let rows = leaves.rows(of: run)
    return rows.isEmpty ? 0..<0 : rows
  }
}
