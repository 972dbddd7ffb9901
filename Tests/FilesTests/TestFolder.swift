// What tests of files share.

import Foundation
import Synchronization

/// A folder of its own for each test, removed at the end.
final class TestFolder: Sendable {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

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
