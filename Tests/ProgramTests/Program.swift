// Running the built program as a user does.

import Foundation
import TestSupport
import Testing

/// Text files that a run leaves.
func contents(of path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
}

enum Program {
  /// Runs `hyperdist` on `ranks` ranks, or without mpirun.
  static func run(
    _ arguments: [String], ranks: Int? = nil, environment: [String: String] = [:],
    timeout: Int = 300
  ) throws -> RankRun {
    try RankLauncher.run(
      "hyperdist", arguments, ranks: ranks, environment: environment, timeout: timeout)
  }

  /// As ``run(_:ranks:environment:timeout:)``, expecting success.
  @discardableResult
  static func succeed(
    _ arguments: [String], ranks: Int? = nil, environment: [String: String] = [:],
    timeout: Int = 300, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RankRun {
    let run = try run(arguments, ranks: ranks, environment: environment, timeout: timeout)
    #expect(
      run.status == 0, "\(arguments) on \(ranks ?? 1) ranks: \(run.errors)",
      sourceLocation: sourceLocation)
    return run
  }

  /// Runs it where there is no gnuplot; a link to all other programs is made in `folder`, since MPI starts some.
  static func runWithoutGnuplot(_ arguments: [String], in folder: TestFolder) throws -> RankRun {
    let programs = "\(folder.path)/bin"
    return try RankLauncher.runShell(
      "cp -rs /usr/bin \(folder.path) && rm \(programs)/gnuplot* && "
        + "PATH=\(programs) exec \"$@\"", program: "hyperdist", arguments)
  }

  /// Options that train the MNIST network: on MNIST where it is found, else on glyphs.
  static let mnist: [String] = {
    let verified = try? run(["data", "verify", "mnist"])
    let preset = ["--preset", "mnist"]
    return verified?.status == 0
      ? preset : preset + ["--set", "data.name=glyphs", "--set", "data.validationCount=1000"]
  }()

  /// The text of a script that checks files.
  static func pythonScript(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Python")
    let text = try String(contentsOf: folder.appending(path: "\(name).py"), encoding: .utf8)
    // Scripts import from each other.
    return
      "import sys\nsys.path.insert(0, '\(folder.path())')\nsys.dont_write_bytecode = True\n\(text)"
  }

  /// The digest of a run's latest checkpoint.
  static func digest(of runDirectory: String) throws -> String {
    let run = try succeed(["inspect", "--digest", "\(runDirectory)/checkpoints/latest"])
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// metrics.csv without its timing columns.
  static func metrics(of runDirectory: String) throws -> [[String]] {
    let rows = try contents(of: "\(runDirectory)/metrics.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let columns = try #require(rows.first)
    let kept = columns.indices.filter {
      !columns[$0].hasPrefix("seconds") && columns[$0] != "images_per_second"
    }
    return rows.map { row in kept.map { row[$0] } }
  }
}
