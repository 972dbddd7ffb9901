// What the other tests rely on where a program does not end.

import Foundation
import TestSupport
import Testing

struct RankLauncherTests {
  /// mpirun that waits for ranks it has lost, as it was seen to; what it has started goes with it.
  @Test func whatDoesNotEndIsEnded() throws {
    let folder = TestFolder()
    let begin = Date()
    let run = try RankLauncher.runShell(
      "setsid sleep 600 & echo $! > \(folder.path)/child; echo said; wait", program: "hyperdist",
      [], limit: 2)
    #expect(Date().timeIntervalSince(begin) < 60)
    #expect(run.status != 0 && run.lines == ["said"])
    #expect(run.errors.contains("ended by the test after"))
    let child = try contents(of: "\(folder.path)/child").trimmingCharacters(in: .newlines)
    // What is killed is gone a moment later, or waits for its parent.
    var state: String?
    for _ in 0..<100 {
      state = try? contents(of: "/proc/\(child)/stat")
      if state?.contains(") Z ") ?? true { return }
      usleep(100_000)
    }
    Issue.record("\(state ?? "")")
  }

  @Test func ranksThatWereLostAreStartedAgain() throws {
    let folder = TestFolder()
    let launcher = "\(folder.path)/mpirun"
    // By a process of its own: another that this one starts meanwhile would keep the file open, and it could not be started.
    let written = try RankLauncher.runShell(
      """
      cat > \(launcher) <<'END'
      #!/bin/bash
      echo begun >> \(folder.path)/log
      [ $(wc -l < \(folder.path)/log) = 1 ] || exit 0
      echo "OPAL ERROR: Unreachable in file ext3x_client.c at line 112" >&2
      exit 1
      END
      chmod +x \(launcher)
      """, program: "hyperdist", [])
    #expect(written.status == 0)
    let run = try RankLauncher.run(
      "hyperdist", ["--version"], ranks: 2, mpirun: launcher)
    #expect(run.status == 0)
    #expect(try contents(of: "\(folder.path)/log") == "begun\nbegun\n")
  }
}
