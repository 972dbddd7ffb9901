// What the scripts of Launch do with signals.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct LaunchTests {
  /// mpirun itself would end the ranks, with another status.
  @Test(arguments: ["TERM", "INT", "HUP"]) func aStoppedTrainingIsSaved(signal: String) throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    let script = """
      source \(RepositoryFile("Launch/common.sh").url.path)
      prepare_environment
      ( for _ in $(seq 600); do grep -qs '^5,' \(run)/metrics.csv && break; sleep 0.1; done; kill -\(signal) $$ ) &
      launch_stoppable mpirun --oversubscribe --bind-to none -np 2 "$@"
      """
    let ended = try RankLauncher.runShell(
      script, program: "hyperdist",
      ["train", "--run-dir", run, "--steps", "100000"]
        + Scenario.options(imagesPerLatent: 2, ["metrics.every=1"]))
    #expect(ended.status == 3, "\(ended.errors)")
    #expect(FileManager.default.fileExists(atPath: "\(run)/checkpoints/latest"))
  }
}
