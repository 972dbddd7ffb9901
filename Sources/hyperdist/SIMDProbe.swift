// A sample of compiled code, from which `doctor` tells the instructions the compiler was allowed.

/// target += source, 16 numbers each. Read as machine code by `hyperdist_simd_width`, never called.
@c(hyperdist_simd_probe)
func simdProbe(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
  let sum =
    UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Float>.self)
    + UnsafeRawPointer(target).loadUnaligned(as: SIMD16<Float>.self)
  UnsafeMutableRawPointer(target).storeBytes(of: sum, as: SIMD16<Float>.self)
}
