// Products by hand against the formula, and that no division of the work changes a bit.

import Numerics
import TestSupport
import Testing

@Suite struct TileProductTests {
  private static let types: [ElementType] =
    BFloat16View.hasInstructions
    ? [.float32, .bfloat16] : [.float32]
  private static let shapes = [
    (1, 1, 1), (5, 7, 3), (13, 16, 65), (30, 33, 40), (27, 100, 31), (12, 32, 400),
  ]

  /// Numbers whose products and sums are exact in single precision, and in bfloat16.
  private func numbers(_ count: Int, _ stream: Int) -> [Double] {
    TestData.whole(count, largest: 16, unit: 1.0 / 16, stream: stream)
  }

  /// A matrix with numbers around it that must not matter.
  private func matrix(_ values: [Double], rows: Int, columns: Int, step: Int) -> Matrix {
    let matrix = Matrix(rows: rows, columns: columns, step: step)
    matrix.buffer.view.fill(.nan)
    for row in 0..<rows {
      for column in 0..<columns {
        matrix.view.values[row * step + column] = Float(values[row * columns + column])
      }
    }
    return matrix
  }

  private struct Matrix {
    let buffer: SharedBuffer<Float>
    let view: MatrixView

    init(rows: Int, columns: Int, step: Int) {
      buffer = SharedBuffer(count: rows * step)
      view = MatrixView(buffer.view, rows: rows, columns: columns, step: step)
    }

    var doubles: [Double] {
      (0..<view.rows).flatMap { row in
        (0..<view.columns).map { Double(view.values[row * view.step + $0]) }
      }
    }
  }

  /// A B + `before` from both factors' four layouts: (rows, inner) or its transpose; (inner, columns) or its transpose.
  @Test(arguments: shapes, types)
  func equalsTheFormula(shape: (Int, Int, Int), type: ElementType) {
    let (rows, columns, inner) = shape
    let (a, b) = (numbers(rows * inner, 1), numbers(inner * columns, 2))
    let before = numbers(rows * columns, 3)
    for (transposesA, transposesB, accumulates) in [
      (false, false, false), (false, true, true), (true, false, true), (true, true, false),
    ] {
      var expected = accumulates ? before : before.map { _ in 0 }
      for i in 0..<rows {
        for j in 0..<columns {
          for k in 0..<inner {
            expected[i * columns + j] +=
              a[transposesA ? k * rows + i : i * inner + k]
              * b[transposesB ? j * inner + k : k * columns + j]
          }
        }
      }
      let (m, n) = transposesA ? (inner, rows) : (rows, inner)
      let left = matrix(a, rows: m, columns: n, step: n + 3)
      let (p, q) = transposesB ? (columns, inner) : (inner, columns)
      let right = matrix(b, rows: p, columns: q, step: q + 5)
      let result = matrix(
        accumulates ? before : before.map { _ in .nan }, rows: rows, columns: columns,
        step: columns + 2)
      let leftScratch = AlignedBuffer<Float>(
        count: LeftFactor.scratchCount(rows: rows, inner: inner, as: type))
      let rightScratch = AlignedBuffer<Float>(
        count: RightFactor.wordCount(inner: inner, columns: TileProduct.columns, as: type))
      let leftFactor =
        transposesA
        ? LeftFactor(columnsOf: left.view, as: type, scratch: leftScratch.view)
        : LeftFactor(left.view, as: type, scratch: leftScratch.view)
      for start in stride(from: 0, to: columns, by: TileProduct.columns) {
        let panel = start..<min(columns, start + TileProduct.columns)
        let factor =
          transposesB
          ? RightFactor.packTransposed(right.view.rows(panel), as: type, into: rightScratch.view)
          : RightFactor(right.view, columns: panel, as: type, scratch: rightScratch.view)
        TileProduct.multiply(
          leftFactor, factor, words: type.words(inner), as: type,
          into: result.view.columns(panel), accumulating: accumulates)
      }
      #expect(result.doubles == expected, "\(transposesA) \(transposesB) \(accumulates)")
      for row in 0..<rows - 1 {
        #expect(result.view.values[row * result.view.step + columns].isNaN)
      }
    }
  }

  /// Rows one by one, and columns sixteen at a time, give the bits of all together.
  @Test(arguments: types) func divisionChangesNoBit(type: ElementType) {
    let (rows, columns, inner) = (31, TileProduct.columns, 77)
    let a = matrix(
      TestData.normal(rows * inner, deviation: 1, stream: 4), rows: rows, columns: inner,
      step: inner)
    let b = matrix(
      TestData.normal(inner * columns, deviation: 1, stream: 5), rows: inner, columns: columns,
      step: columns)
    let scratch = AlignedBuffer<Float>(
      count: LeftFactor.scratchCount(rows: rows, inner: inner, as: type))
    let words = AlignedBuffer<Float>(
      count: RightFactor.wordCount(inner: inner, columns: columns, as: type))
    func product(rowsAtATime: Int, columnsAtATime: Int) -> [Double] {
      let result = Matrix(rows: rows, columns: columns, step: columns)
      for row in stride(from: 0, to: rows, by: rowsAtATime) {
        let block = row..<min(rows, row + rowsAtATime)
        for column in stride(from: 0, to: columns, by: columnsAtATime) {
          let panel = column..<column + columnsAtATime
          TileProduct.multiply(
            LeftFactor(a.view.rows(block), as: type, scratch: scratch.view),
            RightFactor(b.view, columns: panel, as: type, scratch: words.view),
            words: type.words(inner), as: type, into: result.view.rows(block).columns(panel))
        }
      }
      return result.doubles
    }
    let whole = product(rowsAtATime: rows, columnsAtATime: columns)
    #expect(product(rowsAtATime: 1, columnsAtATime: 16) == whole)
    #expect(product(rowsAtATime: 7, columnsAtATime: columns) == whole)
    // The rounding of sums is there to be seen.
    #expect(whole.contains { $0 != Double(Float($0).rounded()) })
  }

  /// Sums along the tree, all at once and product by product, are those of ``TreeSummation``.
  @Test(arguments: [1, 2, 3, 5, 8, 11], types)
  func sumsAlongTheTree(shards: Int, type: ElementType) {
    let (rows, columns, inner) = (20, TileProduct.columns - 3, 3)
    let x = matrix(
      TestData.normal(shards * inner * columns, deviation: 1, stream: 6), rows: shards * inner,
      columns: columns, step: columns + 3)
    let y = matrix(
      TestData.normal(shards * inner * rows, deviation: 1, stream: 7), rows: shards * inner,
      columns: rows, step: rows)
    let node = StackedSum(4..<4 + shards)
    let size = rows * columns
    let (leftStep, rightStep) = (
      type.words(inner) * MatrixView.padded(rows),
      RightFactor.wordCount(inner: inner, columns: columns, as: type)
    )
    let left = AlignedBuffer<Float>(
      count: shards * LeftFactor.scratchCount(rows: rows, inner: inner, as: type))
    let right = AlignedBuffer<Float>(count: shards * rightStep)
    let parts = AlignedBuffer<Float>(count: shards * size)
    var factors: [(LeftFactor, RightFactor)] = []
    for shard in 0..<shards {
      let range = shard * inner..<(shard + 1) * inner
      factors.append(
        (
          LeftFactor(
            columnsOf: y.view.rows(range), as: type,
            scratch: left.view.dropFirst(type == .float32 ? 0 : shard * leftStep)),
          RightFactor.pack(
            x.view.rows(range), as: type, into: right.view.dropFirst(shard * rightStep))
        ))
      TileProduct.multiply(
        factors[shard].0, factors[shard].1, words: type.words(inner), as: type,
        into: MatrixView(parts.view.slice(shard * size, size), rows: rows, columns: columns))
    }
    let expected = AlignedBuffer<Float>(count: size)
    let stacked = AlignedBuffer<Float>(count: shards * size)
    stacked.view.copy(from: parts.view)
    TreeSummation(ofLeaves: 4..<4 + shards).run(parts.view, stride: size, into: expected.view)

    let result = Matrix(rows: rows, columns: columns, step: columns)
    let scratch = AlignedBuffer<Float>(count: TileProduct.sumScratchCount(node.depth))
    TileProduct.sum(
      factors[0].0, factors[0].1, words: type.words(inner), along: node, as: type,
      into: result.view, scratch: scratch.view)
    #expect(result.buffer.view.array == expected.view.array)

    // The last product takes up the sums that were kept before it.
    let last = Matrix(rows: rows, columns: columns, step: columns)
    var kept: [[Float]] = []
    for (shard, merges) in node.merges.dropLast().enumerated() {
      var sum = stacked.view.slice(shard * size, size).array
      for _ in 0..<merges { sum = zip(sum, kept.removeLast()).map { $0 + $1 } }
      kept.append(sum)
    }
    let step = MatrixView.padded(columns)
    let addends = AlignedBuffer<Float>(count: max(1, kept.count) * rows * step)
    for (index, sum) in kept.enumerated() {
      for row in 0..<rows {
        for column in 0..<columns {
          addends[(index * rows + row) * step + column] = sum[row * columns + column]
        }
      }
    }
    TileProduct.multiply(
      factors[shards - 1].0, factors[shards - 1].1, words: type.words(inner), as: type,
      into: last.view,
      addends: TileProduct.Addends(
        addends.view, start: (kept.count - 1) * rows * step, step: step, gap: -rows * step,
        count: kept.count))
    #expect(last.buffer.view.array == expected.view.array)
  }
}
