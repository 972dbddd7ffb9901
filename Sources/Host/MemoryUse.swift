// How much memory this process and its machine have in use.

import Glibc

/// Figures of /proc, in bytes; 0 where the system does not tell.
public enum MemoryUse {
  /// The largest resident memory since the last ``resetPeak()``.
  public static var peakResidentBytes: Int { field("VmHWM:", of: "/proc/self/status") }

  /// What new processes can use without swapping.
  public static var availableBytes: Int { field("MemAvailable:", of: "/proc/meminfo") }

  /// Forgets the peak so far.
  public static func resetPeak() {
    let file = open("/proc/self/clear_refs", O_WRONLY)
    guard file >= 0 else { return }
    _ = write(file, "5", 1)
    close(file)
  }

  /// The number of kB behind `name`.
  private static func field(_ name: String, of path: String) -> Int {
    guard let text = SystemText.read(path),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) })
    else { return 0 }
    let digits = line.filter { $0.isNumber }
    return (Int(digits) ?? 0) << 10
  }
}
