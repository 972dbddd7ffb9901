// Rows and columns of matrices.

import Numerics
import Testing

@Suite struct MatrixViewTests {
  @Test func rowsAndColumns() {
    let buffer = AlignedBuffer<Float>(count: 5 * 7)
    for index in 0..<35 { buffer[index] = Float(index) }
    let matrix = MatrixView(buffer.view, rows: 5, columns: 6, step: 7)
    let part = matrix.rows(1..<4).columns(2..<6)
    #expect((part.rows, part.columns, part.step) == (3, 4, 7))
    #expect(part.values[2 * part.step + 3] == 3 * 7 + 5)
    let copy = AlignedBuffer<Float>(count: 12)
    let target = MatrixView(copy.view, rows: 3, columns: 4)
    target.copy(from: part)
    #expect(copy.view.array == [9, 10, 11, 12, 16, 17, 18, 19, 23, 24, 25, 26])
    #expect(MatrixView.padded(0) == 0 && MatrixView.padded(17) == 32)
  }
}
