// Matrix products by hand.

import CInstructions

/// C = A B, or C += A B, where tiles of C stay in registers while they are summed.
///
/// Each number of C is its products added one behind the other in their order (of bfloat16, pair by pair), each rounded once with the
/// sum where the processor multiplies and adds in one instruction. So its bits do not depend on how many rows and columns are
/// computed together, nor on the width of registers.
public enum TileProduct {
  /// Rows of the largest tile.
  public static var rows: Int { Int(HYPERDIST_TILE_ROWS) }
  /// Columns of the largest tile, which is what one call computes at most.
  public static var columns: Int { Int(HYPERDIST_TILE_VECTORS) * 16 }

  /// Matrices that are added to a product, one behind the other, laid out alike, in rows of `step`.
  public struct Addends {
    /// The first one's numbers.
    let first: UnsafeMutablePointer<Float>
    let step: Int
    /// From one matrix to the next.
    let gap: Int
    let count: Int

    /// `count` matrices that begin at `start` of `values` and every `gap` behind it, which may be negative.
    public init(_ values: FloatView, start: Int, step: Int, gap: Int, count: Int) {
      let last = start + (count - 1) * gap
      precondition(
        count == 0 || min(start, last) >= 0 && max(start, last) < values.count,
        "TileProduct: \(count) addends from \(start), \(gap) apart, of \(values.count)")
      first = values.baseAddress + (count == 0 ? 0 : start)
      self.step = step
      self.gap = gap
      self.count = count
    }
  }

  /// - Parameters:
  ///   - left: `result.rows` rows of `words` words.
  ///   - right: `result.columns` columns, at most ``columns``.
  ///   - result: overwritten, or added to where `accumulating`.
  ///   - addends: added to the product, after its own sum.
  /// Cost: 2 FLOPs for each number of a row and column. Local; allocates nothing.
  public static func multiply(
    _ left: LeftFactor, _ right: RightFactor, words: Int, as type: ElementType,
    into result: MatrixView, accumulating: Bool = false, addends: Addends? = nil
  ) {
    requireRoom(left, right, words: words, result)
    var product = product(left, right, words: words, result)
    product.accumulating = accumulating ? 1 : 0
    if let addends {
      product.addend = UnsafePointer(addends.first)
      product.addend_step = addends.step
      product.addend_gap = addends.gap
      product.addends = addends.count
    }
    switch type {
    case .float32: hyperdist_multiply_floats(product, result.rows, result.columns)
    case .bfloat16: hyperdist_multiply_pairs(product, result.rows, result.columns)
    }
  }

  /// The sum of products along the reduction tree, one for each shard of a node, tile by tile.
  ///
  /// - Parameters:
  ///   - left, right: as in ``multiply(_:_:words:as:into:accumulating:addends:)``, of each shard, one behind the other.
  ///   - words: of each product.
  ///   - result: overwritten.
  ///   - scratch: ``sumScratchCount(_:)`` numbers.
  /// Cost: 2 FLOPs for each number of a row and column, and an addition for each shard and number of the result.
  public static func sum(
    _ left: LeftFactor, _ right: RightFactor, words: Int, along node: StackedSum,
    as type: ElementType, into result: MatrixView, scratch: FloatView
  ) {
    let count = node.merges.count
    precondition(
      scratch.count >= sumScratchCount(node.depth), "TileProduct: \(scratch.count) scratch")
    requireRoom(left, right, words: count * words, result)
    let product = product(left, right, words: words, result)
    node.merges.withUnsafeBufferPointer { merges in
      switch type {
      case .float32:
        hyperdist_sum_floats(
          product, result.rows, result.columns, count, merges.baseAddress, scratch.baseAddress)
      case .bfloat16:
        hyperdist_sum_pairs(
          product, result.rows, result.columns, count, merges.baseAddress, scratch.baseAddress)
      }
    }
  }

  /// Numbers of scratch where so many sums are kept.
  public static func sumScratchCount(_ depth: Int) -> Int { depth * rows * columns }

  private static func requireRoom(
    _ left: LeftFactor, _ right: RightFactor, words: Int, _ result: MatrixView
  ) {
    precondition(
      result.columns <= columns
        && left.words.count > (result.rows - 1) * left.rowStep + (words - 1) * left.wordStep
        && right.words.count >= (words - 1) * right.step + result.columns,
      "TileProduct: \(left.words.count) by \(right.words.count) words into \(result.rows) x \(result.columns)"
    )
  }

  private static func product(
    _ left: LeftFactor, _ right: RightFactor, words: Int, _ result: MatrixView
  ) -> hyperdist_product {
    hyperdist_product(
      left: left.words.baseAddress, left_row: left.rowStep, left_step: left.wordStep,
      right: right.words.baseAddress, right_step: right.step, count: words,
      result: result.values.baseAddress, result_step: result.step, accumulating: 0,
      addend: result.values.baseAddress, addend_step: 0, addend_gap: 0, addends: 0)
  }
}
