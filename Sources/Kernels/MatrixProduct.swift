// Single-precision matrix products on the calling thread.

import CDNNL
import Numerics

/// Row-major single-precision matrix products through oneDNN.
public enum MatrixProduct {
  /// C = op(A) op(B), or C += op(A) op(B).
  ///
  /// - Parameters:
  ///   - a: read; op(A) is (rows, inner), stored (rows, inner), or (inner, rows) where `transposeA`,
  ///     stored rows `strideA` elements apart (nil: without gaps).
  ///   - b: read; op(B) is (inner, columns), stored so, or (columns, inner) where `transposeB`.
  ///   - c: (rows, columns), overwritten, or added to where `accumulate`; rows `strideC` elements apart (nil: without
  ///     gaps).
  /// Cost: 2 * rows * columns * inner FLOPs. Local; the result depends on the shapes and values alone.
  public static func multiply(
    _ a: FloatView, transposeA: Bool = false, strideA: Int? = nil, _ b: FloatView,
    transposeB: Bool = false,
    into c: FloatView, strideC: Int? = nil, accumulate: Bool = false, rows: Int, columns: Int,
    inner: Int
  ) {
    let (storedRows, storedColumns) = transposeA ? (inner, rows) : (rows, inner)
    let strideA = strideA ?? storedColumns
    let strideC = strideC ?? columns
    precondition(
      a.count >= (storedRows - 1) * strideA + storedColumns && b.count >= inner * columns
        && c.count >= (rows - 1) * strideC + columns,
      "MatrixProduct: \(rows)x\(inner) (\(a.count) elements) by \(inner)x\(columns) (\(b.count)) "
        + "into \(c.count)")
    let status = dnnl_sgemm(
      transposeA ? 84 : 78, transposeB ? 84 : 78,  // 'T', 'N'
      dnnl_dim_t(rows), dnnl_dim_t(columns), dnnl_dim_t(inner), 1,
      a.baseAddress, dnnl_dim_t(strideA),
      b.baseAddress, dnnl_dim_t(transposeB ? inner : columns),
      accumulate ? 1 : 0, c.baseAddress, dnnl_dim_t(strideC))
    precondition(status == dnnl_success, "dnnl_sgemm failed with \(status.rawValue)")
  }
}
