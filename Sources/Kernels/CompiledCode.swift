// What instructions the compiler was allowed, told from a sample of its code.

/// target += source, 16 numbers each: read as machine code, never called.
@c(hyperdist_simd_probe)
func simdProbe(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
  let sum =
    UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Float>.self)
    + UnsafeRawPointer(target).loadUnaligned(as: SIMD16<Float>.self)
  UnsafeMutableRawPointer(target).storeBytes(of: sum, as: SIMD16<Float>.self)
}

/// Facts about this module's own code, whose loops are only as wide as it was compiled for.
public enum CompiledCode {
  /// Bits of the widest SIMD registers: 512, 256 or 128.
  public static let simdWidth: Int = {
    #if arch(x86_64)
      let probe: @convention(c) (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void =
        simdProbe
      var code = unsafeBitCast(probe, to: UnsafePointer<UInt8>.self)
      func skip(_ bytes: [UInt8]) {
        if (0..<bytes.count).allSatisfy({ code[$0] == bytes[$0] }) { code += bytes.count }
      }
      skip([0xF3, 0x0F, 0x1E, 0xFA])  // endbr64
      skip([0x55, 0x48, 0x89, 0xE5])  // push rbp; mov rbp, rsp
      // The first instruction loads from memory: in the encoding of AVX-512 (EVEX), of AVX (VEX) or of SSE.
      switch code[0] {
      case 0x62: return 512
      case 0xC4, 0xC5: return 256
      default: return 128
      }
    #else
      return 128
    #endif
  }()

  /// Whether a multiplication and an addition are one instruction: on x86-64 without it, each element
  /// is a call. Processors with AVX2 have it.
  static let hasFusedMultiplyAdd: Bool = {
    #if arch(x86_64)
      simdWidth > 128
    #else
      true
    #endif
  }()
}
