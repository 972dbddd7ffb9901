import Foundation
import RankLauncher
import Testing

/// A Python that has h5py, for reading files back without this program.
enum Python {
  struct Missing: Error, CustomStringConvertible {
    let description =
      "no python3 with h5py; install it (apt-get install python3-h5py), or name one in "
      + "HYPERDIST_PYTHON"
  }

  private static let interpreter: String? = {
    let named = ProcessInfo.processInfo.environment["HYPERDIST_PYTHON"].map { [$0] } ?? []
    return (named + ["/usr/bin/python3", "python3"]).first {
      (try? run($0, ["-c", "import h5py, numpy"]))?.status == 0
    }
  }()

  /// What a script prints; it must succeed.
  static func output(of script: String, _ arguments: [String]) throws -> String {
    guard let interpreter else { throw Missing() }
    let result = try run(interpreter, ["-c", script] + arguments)
    try #require(result.status == 0, "\(result.output)")
    return result.output
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
