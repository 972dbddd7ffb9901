// Eigenvalues of symmetric matrices, by LAPACK.

import COpenBLAS
import Numerics

public enum SymmetricEigen {
  /// The `count` largest eigenvalues of a symmetric matrix, falling, and their eigenvectors of length 1, each
  /// with its element of largest absolute value positive (LAPACK's dsyevr, on one thread).
  ///
  /// - Parameter matrix: (n, n), read.
  /// Cost: about 4/3 n^3 FLOPs. Local.
  public static func largest(_ count: Int, of matrix: DoubleView, size n: Int)
    throws(EigenvalueError)
    -> (values: [Double], vectors: [[Double]])
  {
    precondition(
      matrix.count == n * n && count >= 1 && count <= n,
      "SymmetricEigen: \(count) of \(matrix.count) elements of a matrix of \(n) rows")
    let threads = openblas_get_num_threads()
    openblas_set_num_threads(1)
    defer { openblas_set_num_threads(threads) }
    let copy = AlignedBuffer<Double>(count: n * n)
    copy.view.copy(from: matrix)
    let values = AlignedBuffer<Double>(count: n)
    let vectors = AlignedBuffer<Double>(count: n * count)
    let support = AlignedBuffer<Int32>(count: 2 * n)
    var (order, found, status) = (Int32(n), Int32(0), Int32(0))
    var (low, high, tolerance) = (Int32(n - count + 1), Int32(n), 0.0)
    var unused = 0.0
    var (workSize, integerSize) = (Int32(-1), Int32(-1))
    var (work, integers) = ([0.0], [Int32(0)])
    // Once to ask for the size of the scratch memory, once to compute.
    for _ in 0..<2 {
      dsyevr_(
        "V", "I", "U", &order, copy.view.baseAddress, &order, &unused, &unused, &low, &high,
        &tolerance, &found, values.view.baseAddress, vectors.view.baseAddress, &order,
        support.view.baseAddress, &work, &workSize, &integers, &integerSize, &status, 1, 1, 1)
      guard status == 0 else { break }
      if workSize >= 0 { break }
      (workSize, integerSize) = (Int32(work[0]), integers[0])
      work = [Double](repeating: 0, count: Int(workSize))
      integers = [Int32](repeating: 0, count: Int(integerSize))
    }
    guard status == 0, Int(found) == count else {
      throw EigenvalueError(
        description: "LAPACK's dsyevr failed with \(status) on \(n) rows: are all numbers finite?")
    }
    return (
      (0..<count).map { values[count - 1 - $0] },
      (0..<count).map { index in
        let vector = vectors.view.slice((count - 1 - index) * n, n).array
        let largest = vector.max { abs($0) < abs($1) }!
        return largest < 0 ? vector.map { -$0 } : vector
      }
    )
  }
}
