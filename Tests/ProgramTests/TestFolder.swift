import Foundation
import RankLauncher
import Testing

/// A folder of its own for each test, removed at the end.
final class TestFolder {
  let path: String

  init() throws { path = try RankLauncher.temporaryFolder().path }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
