// Results that do not arrive.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct StandardOutputTests {
  private func expectFailure(
    _ arguments: [String], to place: String = "> /dev/full", _ message: String,
    ranks: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    // mpirun gets its ranks' output through pipes: the shell between gives rank 0 the device.
    let start =
      ranks.map { "mpirun --oversubscribe -np \($0) bash -c 'exec \"$0\" \"$@\" \(place)' \"$@\"" }
      ?? "\"$@\" \(place)"
    let run = try RankLauncher.runShell(start, program: "hyperdist", arguments)
    #expect(run.status == 1, "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
    let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist: ") }
    #expect(lines.count == 1, "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
    #expect(
      lines.first?.hasPrefix("hyperdist: cannot write to standard output: \(message)") == true,
      "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    ["--help"], ["train", "--help"], ["--version"], ["train", "--print-config"], ["data", "list"],
    ["data", "verify", "glyphs"], ["doctor"], ["inspect", "--preset", "mnist"],
    ["inspect", "--preset", "mnist", "--json"],
    ["bench", "reduction", "--floats", "8", "--repeats", "1"],
    ["bench", "reduction", "--floats", "8", "--repeats", "1", "--json", "-"],
  ])
  func fullDisk(arguments: [String]) throws {
    try expectFailure(arguments, "No space left on device")
  }

  @Test func commandsOnCheckpoints() throws {
    let run = try TrainedRun([
      "--steps", "2", "--set", "target.layers=[fullyConnected: {outputs: 10}]", "--set",
      "hypernetwork.generatorHidden=[[8]]",
    ])
    let samples = run.file("samples.h5")
    try Program.succeed(["sample", run.checkpoint, "--count", "2", "--output", samples])
    let evaluation = ["evaluate", run.checkpoint, "--samples", "2", "--images", "10"]
    for arguments in [
      evaluation, evaluation + ["--json", "-"], evaluation + ["--json", "/dev/stdout"],
      ["inspect", run.checkpoint],
      ["inspect", run.checkpoint, "--json"], ["inspect", run.checkpoint, "--digest"],
      ["inspect", samples], ["report", run.file("run")],
      [
        "analyze", "filters", run.checkpoint, "--samples", "1", "--output", run.file("figures"),
      ],
    ] where arguments.last != "/dev/stdout" {
      try expectFailure(arguments, "No space left on device")
    }
    try expectFailure(evaluation + ["--json", "-"], "No space left on device", ranks: 2)
    try expectFailure(["doctor"], "No space left on device", ranks: 2)
  }

  @Test func readersThatWentAwayAndClosedOutput() throws {
    try expectFailure(["doctor"], to: "| true; exit ${PIPESTATUS[0]}", "Broken pipe")
    try expectFailure(["inspect", "--preset", "mnist"], to: ">&-", "Bad file descriptor")
    try expectFailure(["doctor"], to: ">&-", "Bad file descriptor")
  }
}
