// Which paths belong to a run.

import Files
import RunFiles
import TestSupport
import Testing

@Suite struct RunFolderTests {
  @Test func checkpointsOfARun() throws {
    let temporary = TestFolder()
    let folder = temporary.path
    try Folder.make("\(folder)/run/checkpoints")
    // Nothing there says that this is a run folder.
    #expect(RunFolder(ofCheckpoint: "\(folder)/run/checkpoints/latest") == nil)
    try WholeFile.replace("\(folder)/run/config.yaml", with: "")
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
