// Checkpoints of a run, saved by any number of ranks.

import Checkpointing
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct CheckpointFolderTests {
  /// Four saves at each rank count, two kept: the same bytes, and what `latest` and `best` say.
  @Test func filesDoNotDependOnTheRankCount() throws {
    let folder = try RankLauncher.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var contents: [Data] = []
    for ranks in [nil, 1, 2, 3, 4] as [Int?] {
      let path = folder.appendingPathComponent("ranks\(ranks ?? 0)").path
      // What a crashed run left.
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/step-00000007.h5.partial"))
      let run = try RankLauncher.run("CheckpointingProbe", ["save", path, "4"], ranks: ranks)
      #expect(run.status == 0, "\(run.output) \(run.errors)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
          "best", "latest", "step-00000002.h5", "step-00000003.h5", "step-00000004.h5",
        ])
      let checkpoints = CheckpointFolder(directory: path, keep: 2)
      #expect(checkpoints.latest() == "\(path)/step-00000004.h5")
      #expect(checkpoints.best() == "\(path)/step-00000002.h5")
      #expect(checkpoints.steps() == [2, 3, 4])
      contents.append(try Data(contentsOf: URL(fileURLWithPath: "\(path)/step-00000004.h5")))
      let read = try RankLauncher.run(
        "CheckpointingProbe", ["read", "\(path)/latest"], ranks: ranks)
      #expect(read.output.hasPrefix("4 true "), "\(read.output)")
    }
    for content in contents { #expect(content == contents[0]) }
  }

  @Test func anEmptyFolderHasNoCheckpoint() throws {
    let folder = try RankLauncher.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let checkpoints = CheckpointFolder(directory: folder.path, keep: 2)
    #expect(checkpoints.latest() == nil && checkpoints.best() == nil && checkpoints.steps() == [])
    // A link to a file that is gone is no checkpoint; the newest file is.
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/latest", withDestinationPath: "step-00000009.h5")
    #expect(checkpoints.latest() == nil)
    try Data().write(to: URL(fileURLWithPath: checkpoints.path(step: 8)))
    #expect(checkpoints.latest() == checkpoints.path(step: 8))
  }

  /// No room for the file, found before writing or only by HDF5: every rank says the same, nothing hangs,
  /// the old checkpoint stays and the unfinished file goes.
  @Test(arguments: [1, 2, 3, 4], ["save-limited", "fail-midway"])
  func fullDisk(ranks: Int, mode: String) throws {
    let folder = try RankLauncher.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let old = folder.appendingPathComponent("a.h5")
    try Data("old".utf8).write(to: old)
    let run = try RankLauncher.run(
      "CheckpointingProbe", [mode, old.path], ranks: ranks, timeout: 30)
    #expect(run.status == 1, "\(run.errors)")
    #expect(run.lines.count == ranks)
    #expect(Set(run.lines).count == 1)
    let line = run.lines.first ?? ""
    #expect(line.contains(old.path), "\(line)")
    #expect(
      line.contains(
        mode == "save-limited" ? "File too large; raise the limit" : "check the free space"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.h5"])
    #expect(try Data(contentsOf: old) == Data("old".utf8))
  }
}
