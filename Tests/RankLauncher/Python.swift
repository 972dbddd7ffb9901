// Python, for reading files back without this program and for formulas of other libraries.

import Foundation

public enum Python {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// What a script prints; it must succeed. `modules` are what it imports beyond Python's own.
  public static func output(
    of script: String, _ arguments: [String], modules: [String] = ["h5py", "numpy"]
  ) throws -> String {
    let result = try run(interpreter(with: modules), ["-c", script] + arguments)
    guard result.status == 0 else { throw Failure(description: result.output) }
    return result.output
  }

  private static func interpreter(with modules: [String]) throws -> String {
    let named = ProcessInfo.processInfo.environment["HYPERDIST_PYTHON"].map { [$0] } ?? []
    let found = (named + ["/usr/bin/python3", "python3"]).first {
      (try? run($0, ["-c", "import \(modules.joined(separator: ", "))"]))?.status == 0
    }
    guard let found else {
      let packages = modules.map { "python3-\($0)" }.joined(separator: " ")
      throw Failure(
        description:
          "no python3 with \(modules.joined(separator: ", ")); install them (apt-get install "
          + "\(packages)), or name an interpreter that has them in HYPERDIST_PYTHON")
    }
    return found
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
