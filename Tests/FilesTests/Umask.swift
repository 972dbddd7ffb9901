// The process's umask, in tests of what follows it.

import Foundation
import Synchronization

/// The umask is the whole process's: one test at a time changes it, to values that let the owner write.
enum Umask {
  private static let lock = Mutex<Void>(())

  static func with(_ mask: mode_t, _ body: () throws -> Void) throws {
    try lock.withLock { _ in
      let before = umask(mask)
      defer { umask(before) }
      try body()
    }
  }
}
