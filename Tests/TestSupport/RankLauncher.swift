// Starts a program of this package under mpirun, for tests.

import Foundation

public enum RankLauncher {
  /// Runs `program`, a product of this package's build, on `ranks` ranks; without mpirun if `ranks` is
  /// nil. Runs that take longer than `timeout` seconds are ended, with a status other than 0.
  public static func run(
    _ program: String, _ arguments: [String], ranks: Int?, environment: [String: String] = [:],
    timeout: Int = 120, mpirun: String = "mpirun"
  ) throws -> RankRun {
    let command = [buildFolder.appendingPathComponent(program).path] + arguments
    // mpirun tells what it ends.
    let launcher =
      ranks.map { [mpirun, "--oversubscribe", "--timeout", "\(timeout)", "-np", "\($0)"] } ?? []
    func launch() throws -> RankRun {
      try start(launcher + command, environment: environment, limit: Double(timeout) + 30)
    }
    let run = try launch()
    return ranks != nil && run.status != 0 && hasLostRanks(run.errors) ? try launch() : run
  }

  /// Whether MPI did not start, before the program had begun: PMIx 4.2, Debian 12's, now and then loses ranks. mpirun ends in a trap then, or with an
  /// error, or not at all.
  public static func hasLostRanks(_ errors: String) -> Bool {
    errors.contains("OPAL ERROR: Unreachable in file ext3x_client.c")
      || errors.contains("It looks like MPI_INIT failed for some reason")
  }

  /// Runs a shell script in which "$@" is `program`, a product of this package's build, with its
  /// arguments; ends it after `limit` seconds, with a status other than 0.
  public static func runShell(
    _ script: String, program: String, _ arguments: [String], limit: Double = 900
  ) throws -> RankRun {
    let path = buildFolder.appendingPathComponent(program).path
    return try start(
      ["bash", "-c", script, "bash", path] + arguments, environment: [:], limit: limit)
  }

  private static func start(_ command: [String], environment: [String: String], limit: Double)
    throws -> RankRun
  {
    // Files, because a full pipe that nobody reads would stop the program.
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = ("\(folder.path)/output", "\(folder.path)/errors")
    // A character may have been written in part.
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    let child = try ChildProcess(
      command, environment: ProcessVariables.atStart.merging(environment) { $1 }, output: output,
      errors: errors)
    let begin = ProcessInfo.processInfo.systemUptime
    var (deadline, nextLook, note) = (begin + limit, begin + 1, "")
    while child.poll() == nil {
      usleep(1_000)
      let now = ProcessInfo.processInfo.systemUptime
      if now > nextLook {
        nextLook = now + 1
        if hasLostRanks(text(errors)) { deadline = min(deadline, now + 20) }
      }
      if now > deadline {
        child.end()
        note = "\nended by the test after \(Int(now - begin)) s\n"
      }
    }
    return RankRun(
      status: child.wait(), output: text(output), errors: text(errors) + note)
  }

  /// A new folder of a name of its own.
  public static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hyperdist-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Where this build's programs are: beside the test program itself.
  private static let buildFolder = URL(fileURLWithPath: "/proc/self/exe")
    .resolvingSymlinksInPath().deletingLastPathComponent()
}
