// Starts a program of this package under mpirun, for tests.

import Foundation

public enum RankLauncher {
  /// Runs `program`, a product of this package's build, on `ranks` ranks; without mpirun if `ranks` is
  /// nil. Runs that take longer than `timeout` seconds are ended by mpirun, with a status other than 0.
  public static func run(
    _ program: String, _ arguments: [String], ranks: Int?, environment: [String: String] = [:],
    timeout: Int = 120
  ) throws -> RankRun {
    let command = [buildFolder.appendingPathComponent(program).path] + arguments
    guard let ranks else { return try start(command, environment: environment) }
    func launch() throws -> RankRun {
      try start(
        ["mpirun", "--oversubscribe", "--timeout", "\(timeout)", "-np", "\(ranks)"] + command,
        environment: environment)
    }
    let run = try launch()
    return mpirunBrokeDown(run) ? try launch() : run
  }

  /// Whether mpirun itself ended in a trap while ranks connected to it, before any of them began: PMIx 4.2, Debian 12's, does so now and then where
  /// many connect at once.
  private static func mpirunBrokeDown(_ run: RankRun) -> Bool {
    run.status != 0 && run.errors.contains("pmix_ptl_base_connection_handler")
      && run.errors.contains("OPAL ERROR: Unreachable in file ext3x_client.c")
  }

  /// Runs a shell script in which "$@" is `program`, a product of this package's build, with its
  /// arguments.
  public static func runShell(_ script: String, program: String, _ arguments: [String]) throws
    -> RankRun
  {
    let path = buildFolder.appendingPathComponent(program).path
    return try start(["bash", "-c", script, "bash", path] + arguments, environment: [:])
  }

  private static func start(_ command: [String], environment: [String: String]) throws -> RankRun {
    var variables = startEnvironment
    if getuid() == 0 {
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    // Files, because a full pipe that nobody reads would stop the program.
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appendingPathComponent("output")
    let errors = folder.appendingPathComponent("errors")
    let status = try ChildProcess(
      command, environment: variables.merging(environment) { $1 }, output: output.path,
      errors: errors.path
    ).wait()
    return RankRun(
      status: status, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// A new folder of a name of its own.
  public static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hyperdist-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// The environment this process was started with: MPI, once a test of this process has joined it, adds
  /// variables that would make mpirun believe it is part of another run.
  private static let startEnvironment: [String: String] = {
    let data = FileManager.default.contents(atPath: "/proc/self/environ") ?? Data()
    let entries = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return Dictionary(
      entries.compactMap { entry in
        entry.firstIndex(of: "=").map { (String(entry[..<$0]), String(entry[$0...].dropFirst())) }
      }, uniquingKeysWith: { first, _ in first })
  }()

  /// Where this build's programs are: beside the test program itself.
  private static let buildFolder = URL(fileURLWithPath: "/proc/self/exe")
    .resolvingSymlinksInPath().deletingLastPathComponent()
}
