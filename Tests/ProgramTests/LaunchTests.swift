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

  /// mpirun answers the first signal by nothing while its ranks have not begun.
  @Test func aSignalThatIsLostIsSentAgain() throws {
    let folder = TestFolder()
    let launcher = "\(folder.path)/mpirun"
    try """
    #!/usr/bin/env bash
    count=0
    trap 'count=$((count + 1)); [ $count -lt 2 ] || exit 3' USR1
    touch \(folder.path)/ready
    for _ in $(seq 600); do sleep 0.1; done
    """.write(toFile: launcher, atomically: true, encoding: .utf8)
    let script = """
      source \(RepositoryFile("Launch/common.sh").url.path)
      ( for _ in $(seq 600); do [ -e \(folder.path)/ready ] && break; sleep 0.1; done; kill -TERM $$ ) &
      launch_stoppable bash \(launcher)
      """
    let ended = try RankLauncher.runShell(script, program: "hyperdist", [])
    #expect(ended.status == 3, "\(ended.errors)")
  }
}
