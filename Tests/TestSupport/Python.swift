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
    let own = RepositoryFile(".build/python/bin/python3").url.path
    let found = (named + ["/usr/bin/python3", "python3", own]).first {
      (try? run($0, ["-c", "import \(modules.joined(separator: ", "))"]))?.status == 0
    }
    guard let found else {
      throw Failure(
        description:
          "no python3 with \(modules.joined(separator: ", ")); Launch/test installs what tests need; or name "
          + "an interpreter that has them in HYPERDIST_PYTHON")
    }
    return found
  }

  /// By popen: Foundation's Process can miss the end of a child in a process where MPI has started, since
  /// both listen for children that end.
  private static func run(_ program: String, _ arguments: [String]) throws -> (
    status: Int32, output: String
  ) {
    let command = ([program] + arguments).map {
      "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
    guard let stream = popen(command.joined(separator: " ") + " 2>&1", "re") else {
      throw Failure(description: "cannot start \(program): \(String(cString: strerror(errno)))")
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
      output += buffer[..<count]
    }
    let status = pclose(stream)
    return (
      status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
      String(decoding: output, as: UTF8.self)
    )
  }
}
