// Which cores the system may run a thread on.

import CHost
import Glibc

public enum CoreAffinity {
  /// Numbers of the cores that a process may use; of process 0 those of the calling thread. Empty where the system does not tell.
  public static func cores(ofProcess process: pid_t) -> Set<Int> {
    var numbers = [Int32](repeating: 0, count: 1 << 16)
    let count = Int(hyperdist_cores(process, &numbers, Int32(numbers.count)))
    return Set(numbers.prefix(count).map(Int.init))
  }

  /// Leaves the calling thread to one core, for good. Where the system refuses, it runs wherever it did.
  static func pinThread(to core: Int) { _ = hyperdist_pin_thread(Int32(core)) }
}
