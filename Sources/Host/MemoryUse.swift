// How much memory this process and its machine have in use.

import Glibc

/// Figures of /proc, in bytes; 0 where the system does not tell.
public enum MemoryUse {
  /// The largest resident memory since the last ``resetPeak()``.
  public static var peakResidentBytes: Int { field("VmHWM:", of: "/proc/self/status") }

  /// What new processes can use without swapping.
  public static var availableBytes: Int { field("MemAvailable:", of: "/proc/meminfo") }

  /// What new processes can use, swap included; nil where the system does not tell.
  static var freeBytes: Int? {
    let available = availableBytes
    return available > 0 ? available + field("SwapFree:", of: "/proc/meminfo") : nil
  }

  /// What this process has mapped.
  static var addressSpaceBytes: Int { field("VmSize:", of: "/proc/self/status") }

  /// What a container's processes may use together; nil where there is no limit.
  static var containerBytes: Int? {
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].lazy.compactMap {
      SystemText.read($0).flatMap { Int($0.filter { $0 != "\n" }) }
    }.first
  }

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
