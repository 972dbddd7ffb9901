// Environments of processes.

import Foundation

public enum ProcessVariables {
  /// Those this process was started with, and what lets root start mpirun. MPI, once a test of this process has joined it, adds variables that would
  /// make mpirun believe it is part of another run.
  public static let atStart: [String: String] = {
    var variables = parse(FileManager.default.contents(atPath: "/proc/self/environ") ?? Data())
    if getuid() == 0 {
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return variables
  }()

  /// What /proc/NUMBER/environ holds.
  public static func parse(_ bytes: Data) -> [String: String] {
    var variables: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
      let text = String(decoding: entry, as: UTF8.self)
      guard let end = text.firstIndex(of: "=") else { continue }
      variables[String(text[..<end])] = String(text[end...].dropFirst())
    }
    return variables
  }
}
