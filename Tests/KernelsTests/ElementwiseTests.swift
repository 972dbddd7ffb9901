// Loops over tensors, with lengths that fill no vector.

import Kernels
import Numerics
import Testing

@Suite struct ElementwiseTests {
  /// Counts around multiples of sixteen.
  @Test(arguments: [1, 15, 16, 17, 37, 64]) func agreesWithDouble(count: Int) {
    var numbers = TestNumbers(seed: UInt64(count))
    let (first, second) = (numbers.list(count), numbers.list(count))
    let a = AlignedBuffer<Float>(count: count)
    let b = AlignedBuffer<Float>(count: count)
    let c = AlignedBuffer<Float>(count: count)
    a.view.copy(from: first.map { Float($0) })
    b.view.copy(from: second.map { Float($0) })
    let one = [Double](repeating: 1, count: count)
    let list = { (view: FloatView) in view.array.map { Double($0) } }

    Elementwise.rectify(a.view, into: c.view)
    #expect(list(c.view) == first.map { max($0, 0) })
    Elementwise.rectifyGradient(b.view, output: c.view, into: b.view)
    let masked = zip(first, second).map { $0 > 0 ? $1 : 0 }
    #expect(list(b.view) == masked)
    VectorMath.add(a.view, times: 1, to: b.view)
    #expect(excess(list(b.view), zip(first, masked).map { $0 + $1 }, magnitude: one) <= 0)
  }
}
