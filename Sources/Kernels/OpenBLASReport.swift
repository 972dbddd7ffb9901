// What OpenBLAS is and which core it took this processor for.

import COpenBLAS

/// Facts about OpenBLAS for `doctor`.
public enum OpenBLASReport {
  /// The core whose kernels are used, such as `Cooperlake`.
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// Version and build options.
  public static var configuration: String { String(cString: openblas_get_config()) }

  public static var threadCount: Int { Int(openblas_get_num_threads()) }

  /// Whether OpenBLAS did not know the processor and fell back to kernels of an old one; setting
  /// `OPENBLAS_CORETYPE` before the process starts helps.
  public static var isFallbackCore: Bool {
    ["Prescott", "Core2", "Katmai", "Coppermine", "Northwood", "Unknown"].contains(coreName)
  }
}
