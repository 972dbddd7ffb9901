// Files that users name for results: what may be named, and when it is told that it may not.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct OutputTests {
  private let run: TrainedRun

  init() throws {
    run = try TrainedRun([
      "--steps", "2", "--set", "target.layers=[fullyConnected: {outputs: 10}]", "--set",
      "hypernetwork.generatorHidden=[[8]]",
    ])
  }

  private var evaluation: [String] {
    ["evaluate", run.checkpoint, "--samples", "2", "--images", "10", "--no-temperature"]
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  private func isJSON(_ data: Data) -> Bool {
    (try? JSONSerialization.jsonObject(with: data)) is [String: Any]
  }

  /// Status, and one line on standard error that holds `message`.
  private func expectLine(
    _ arguments: [String], status: Int32, _ message: String, ranks: [Int?] = [nil, 2],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for ranks in ranks {
      let bad = try Program.run(arguments, ranks: ranks)
      #expect(bad.status == status, "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
      #expect(
        bad.errors.contains(message), "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
      #expect(bad.output == "", sourceLocation: sourceLocation)
      #expect(!bad.errors.contains("MPI_ABORT"), "\(bad.errors)", sourceLocation: sourceLocation)
    }
  }

  // MARK: As it is

  /// A device of its own, like /dev/full.
  @Test func devicesStayDevices() throws {
    let device = run.file("full")
    #expect(mknod(device, S_IFCHR | 0o666, makedev(1, 7)) == 0, "needs root")
    let result = try Program.run(evaluation + ["--json", device])
    #expect(result.status == 1)
    #expect(
      result.errors.contains("cannot write \(device): No space left on device"), "\(result.errors)"
    )
    #expect(result.errors.contains("choose another --json"), "\(result.errors)")
    var status = stat()
    #expect(stat(device, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  /// The last that can fail is that the folder's new names are on the disk: the file is there then, and the line says so.
  @Test func aNameThatTheDiskDoesNotConfirmIsTold() throws {
    let (shim, log, folder) = (run.file("faults.so"), run.file("calls"), run.file("out"))
    let output = "\(folder)/result.json"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let source = RepositoryFile("Tests/FaultCampaign/Shim/faults.c").url.path
    let compiled = try ChildProcess(
      ["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"],
      environment: ProcessInfo.processInfo.environment, output: run.file("output"),
      errors: run.file("errors")
    ).wait()
    #expect(compiled == 0)
    let faults = ["LD_PRELOAD": shim, "FAULT_UNDER": folder]
    func evaluate(_ settings: [String: String]) throws -> RankRun {
      try RankLauncher.run(
        "hyperdist", evaluation + ["--json", output], ranks: nil,
        environment: faults.merging(settings) { $1 })
    }
    #expect(try evaluate(["FAULT_LOG": log]).status == 0)
    let calls = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    let last = try #require(calls.last { $0.hasSuffix(" fsync \(folder)") }, "\(calls)")
    try FileManager.default.removeItem(atPath: output)
    let number = String(last.prefix { $0.isNumber })
    let failed = try evaluate(["FAULT_AT": number, "FAULT_ERRNO": "\(ENOSPC)"])
    #expect(failed.status == 1)
    #expect(
      failed.errors.contains(
        "hyperdist: \(output) is written and in its place, but the disk has not confirmed its name"),
      "\(failed.errors)")
    #expect(failed.errors.contains("No space left on device; free some space"), "\(failed.errors)")
    #expect(isJSON(try bytes(output)))
  }

  private func makedev(_ major: UInt64, _ minor: UInt64) -> dev_t { dev_t(major << 8 | minor) }

  @Test func pipesAreWritten() throws {
    let result = try RankLauncher.runShell(
      """
      mkfifo \(run.file("pipe"))
      cat \(run.file("pipe")) > \(run.file("piped.json")) &
      "$@" --json \(run.file("pipe")) > /dev/null || exit
      wait
      "$@" --json >(cat > \(run.file("substituted.json"))) > /dev/null || exit
      "$@" --json /dev/stdout 2> /dev/null
      """, program: "hyperdist", evaluation)
    #expect(result.status == 0, "\(result.errors)")
    // JSON goes to standard output alone, by whatever name.
    #expect(isJSON(Data(result.output.utf8)), "\(result.output)")
    #expect(try isJSON(bytes(run.file("piped.json"))))
    for _ in 0..<50 where !FileManager.default.fileExists(atPath: run.file("substituted.json")) {
      usleep(20_000)
    }
    usleep(100_000)
    #expect(try isJSON(bytes(run.file("substituted.json"))))
  }

  @Test func linksStayLinks() throws {
    let (target, link) = (run.file("target"), run.file("link"))
    for (arguments, ending) in [
      (evaluation + ["--json"], ".json"), (evaluation + ["--save-probabilities"], ".h5"),
      (["sample", run.checkpoint, "--count", "2", "--output"], ".safetensors"),
      (["report", run.file("run"), "--output"], ".html"),
    ] {
      try "old".write(toFile: target + ending, atomically: true, encoding: .utf8)
      // The second link leads nowhere yet.
      for name in ["target", "new"] {
        try? FileManager.default.removeItem(atPath: link + ending)
        try FileManager.default.createSymbolicLink(
          atPath: link + ending, withDestinationPath: name + ending)
        try Program.succeed(arguments + [link + ending])
        #expect(
          try FileManager.default.destinationOfSymbolicLink(atPath: link + ending) == name + ending)
        #expect(try bytes(run.file(name + ending)).count > 100, "\(name)\(ending)")
      }
    }
  }

  // MARK: Before the work

  /// Told before the seconds that a million networks would take.
  @Test func whatCannotBeWrittenIsToldBeforeTheWork() throws {
    let missing = run.file("missing/x")
    let work = ["evaluate", run.checkpoint, "--samples", "1000000"]
    let cases: [([String], String)] = [
      (work + ["--json", missing], "choose another --json"),
      (work + ["--json", run.folder.path], "Is a directory"),
      (work + ["--save-probabilities", "\(missing).h5"], "choose another --save-probabilities"),
      (
        ["distill", run.checkpoint, "--samples", "1000000", "--output", "\(missing).h5"],
        "choose another --output"
      ),
      (
        ["sample", run.checkpoint, "--count", "100000", "--output", "/proc/x.h5"],
        "choose another --output"
      ),
      (
        ["analyze", "accuracy", run.checkpoint, "--samples", "10000", "--output", "/proc/x"],
        "choose another --output"
      ),
      (
        ["train", "--steps", "1000000", "--run-dir", "\(run.checkpoint)/x"],
        "another --run-dir"
      ),
      (["bench", "step", "--repeats", "1000000", "--json", missing], "choose another --json"),
    ]
    for (arguments, message) in cases {
      let begin = Date()
      try expectLine(arguments, status: 1, message)
      #expect(Date().timeIntervalSince(begin) < 60, "\(arguments)")
    }
  }

  @Test func inputsAreNotWrittenOver() throws {
    let checkpoint = run.file("run/checkpoints/step-00000002.h5")
    let original = try bytes(checkpoint)
    let link = run.file("link.h5")
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: run.checkpoint)
    let hard = run.file("hard.h5")
    try FileManager.default.linkItem(
      at: URL(filePath: checkpoint), to: URL(filePath: hard))
    for output in [checkpoint, link, hard] {
      for arguments in [
        ["sample", run.checkpoint, "--count", "1", "--output", output],
        ["distill", run.checkpoint, "--samples", "1", "--images", "5", "--output", output],
        evaluation + ["--save-probabilities", output], evaluation + ["--json", output],
      ] {
        try expectLine(arguments, status: 2, "which would be lost", ranks: [nil])
      }
    }
    try expectLine(
      ["sample", link, "--count", "1", "--output", checkpoint], status: 2,
      "this is an input, \(link), which would be lost; choose another --output")
    let metrics = run.file("run/metrics.csv")
    try expectLine(["report", run.file("run"), "--output", metrics], status: 2, "--output")
    #expect(try bytes(checkpoint) == original)
    #expect(try contents(of: metrics).hasPrefix("step,"))
  }

  @Test func outputsAreDifferentFiles() throws {
    let file = run.file("x.h5")
    try expectLine(
      evaluation + ["--save-probabilities", file, "--json", "\(run.folder.path)/./x.h5"], status: 2,
      "--json and --save-probabilities are one file")
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test func namesOfNothing() throws {
    for (arguments, option) in [
      (["train", "--run-dir", ""], "--run-dir"), (["train", "--config", ""], "--config"),
      (["train", "--resume", ""], "--resume"), (["train", "--data-dir", ""], "--data-dir"),
      (["analyze", "filters", run.checkpoint, "--output", ""], "--output"),
      (["analyze", "toy", run.checkpoint, "--output", ""], "--output"),
      (["report", run.file("run"), "--output", ""], "--output"),
      (evaluation + ["--json", ""], "--json"),
      (["bench", "checkpoint", "--folder", ""], "--folder"),
    ] {
      try expectLine(arguments, status: 2, "\(option): the name is empty", ranks: [nil])
    }
  }

  /// Permissions are those that the umask leaves, of files and of folders.
  @Test func permissionsFollowTheUmask() throws {
    let result = try RankLauncher.runShell(
      """
      umask 002
      "$@" --output \(run.file("a/b")) && stat -c %a \(run.file("a")) \(run.file("a/b")) \
      \(run.file("a/b/filters.csv"))
      """, program: "hyperdist", ["analyze", "filters", run.checkpoint, "--samples", "1"])
    #expect(result.lines.suffix(3) == ["775", "775", "664"], "\(result.output) \(result.errors)")
  }
}
