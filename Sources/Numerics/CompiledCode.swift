// What the program was compiled for.

import CInstructions

/// Facts about the program's own code, whose loops are only as wide as it was compiled for.
public enum CompiledCode {
  /// Bits of the widest SIMD registers: 512, 256 or 128.
  public static var simdWidth: Int { Int(HYPERDIST_SIMD_WIDTH) }

  /// Whether a multiplication and an addition are one instruction: where not, each element is a call.
  public static var hasFusedMultiplyAdd: Bool { HYPERDIST_FUSED_MULTIPLY_ADD != 0 }
}
