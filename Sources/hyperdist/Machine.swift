// What `doctor` and the start of a run say of the program.

import Kernels
import Numerics

/// What this program was compiled for.
enum Machine {
  /// The libraries that do the heavy products, with the instructions or core they chose.
  static var blas: String {
    "oneDNN \(LibraryReport.oneDNNVersion) (\(LibraryReport.oneDNNInstructionSet)), "
      + "OpenBLAS (\(OpenBLASReport.coreName))"
  }

  /// The widest SIMD instructions the compiler was allowed.
  static var simd: String {
    switch CompiledCode.simdWidth {
    case 512: "AVX-512"
    case 256: "AVX"
    default: "128 bits (SSE2 or NEON)"
    }
  }
}
