import Kernels
import TensorCore
import Testing

@Suite struct MatrixProductTests {
  @Test(arguments: [false, true], [false, true])
  func agreesWithDouble(transposeA: Bool, transposeB: Bool) {
    let (rows, columns, inner) = (7, 19, 33)
    var numbers = TestNumbers(seed: 2)
    let (a, b, start) = (
      numbers.list(rows * inner), numbers.list(inner * columns), numbers.list(rows * columns)
    )
    func exact(_ a: [Double], _ b: [Double], _ start: [Double]) -> [Double] {
      indices(of: [rows, columns]).enumerated().map { place, index in
        (0..<inner).reduce(start[place]) { sum, k in
          sum + a[transposeA ? k * rows + index[0] : index[0] * inner + k]
            * b[transposeB ? index[1] * inner + k : k * columns + index[1]]
        }
      }
    }
    func buffer(_ list: [Double]) -> AlignedBuffer<Float> {
      let made = AlignedBuffer<Float>(count: list.count)
      made.view.copy(from: list.map { Float($0) })
      return made
    }
    LibraryThreads.useOne()
    let left = buffer(a)
    let right = buffer(b)
    let sum = buffer(start)
    let product = buffer(start)
    MatrixProduct.multiply(
      left.view, transposeA: transposeA, right.view, transposeB: transposeB, into: sum.view,
      accumulate: true, rows: rows, columns: columns, inner: inner)
    MatrixProduct.multiply(
      left.view, transposeA: transposeA, right.view, transposeB: transposeB, into: product.view,
      rows: rows, columns: columns, inner: inner)
    let zero = [Double](repeating: 0, count: start.count)
    let absolute = { (list: [Double]) in list.map { abs($0) } }
    let magnitude = exact(absolute(a), absolute(b), absolute(start))
    let list = { (view: FloatView) in view.array.map { Double($0) } }
    #expect(excess(list(sum.view), exact(a, b, start), magnitude: magnitude) <= 0)
    #expect(excess(list(product.view), exact(a, b, zero), magnitude: magnitude) <= 0)
  }
}
