// The time of day, for files that people and other programs read.

import Glibc

package enum WallClock {
  /// Seconds since 1970 in whole milliseconds.
  package static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec / 1_000_000) / 1000
  }
}
