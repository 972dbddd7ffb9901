// What oneDNN is and which instructions it uses here.

import CDNNL

/// Facts about oneDNN for `doctor` and for reports.
public enum LibraryReport {
  /// The version of the library that was loaded, such as `2.6.3`.
  public static var oneDNNVersion: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// The widest instruction set oneDNN generates code for on this processor.
  public static var oneDNNInstructionSet: String {
    let isa = dnnl_get_effective_cpu_isa()
    return switch isa {
    case dnnl_cpu_isa_sse41: "SSE4.1"
    case dnnl_cpu_isa_avx: "AVX"
    case dnnl_cpu_isa_avx2: "AVX2"
    case dnnl_cpu_isa_avx2_vnni: "AVX2 with VNNI"
    case dnnl_cpu_isa_avx512_mic: "AVX-512 (Xeon Phi)"
    case dnnl_cpu_isa_avx512_mic_4ops: "AVX-512 (Xeon Phi, 4OPS)"
    case dnnl_cpu_isa_avx512_core: "AVX-512"
    case dnnl_cpu_isa_avx512_core_vnni: "AVX-512 with VNNI"
    case dnnl_cpu_isa_avx512_core_bf16: "AVX-512 with VNNI and BF16"
    case dnnl_cpu_isa_avx512_core_amx: "AVX-512 with AMX"
    default: "unknown (\(isa.rawValue))"
    }
  }

  /// Whether oneDNN's blocks of sixteen channels, and its fast paths, are to be expected.
  public static var hasAVX512: Bool {
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core.rawValue
      == dnnl_cpu_isa_avx512_core.rawValue
  }
}
