import Foundation
import RunFiles
import Testing

@Suite struct RunFolderTests {
  @Test func checkpointsOfARun() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/run/checkpoints", withIntermediateDirectories: true)
    // Nothing there says that this is a run folder.
    #expect(RunFolder(ofCheckpoint: "\(folder)/run/checkpoints/latest") == nil)
    try Data().write(to: URL(filePath: "\(folder)/run/config.yaml"))
    let run = RunFolder(ofCheckpoint: "\(folder)/run/checkpoints/latest")
    #expect(run?.directory == "\(folder)/run")
    #expect(run?.figures == "\(folder)/run/figures")
    for path in [
      "\(folder)/run/latest", "\(folder)/run/checkpoints", "\(folder)/checkpoints/latest", "latest",
      "",
    ] {
      #expect(RunFolder(ofCheckpoint: path) == nil, "\(path)")
    }
  }
}
