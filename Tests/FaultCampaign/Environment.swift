// Variables of processes.

import Foundation

enum Environment {
  /// What /proc/NUMBER/environ holds.
  static func parse(_ bytes: Data) -> [String: String] {
    var variables: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
      let text = String(decoding: entry, as: UTF8.self)
      guard let end = text.firstIndex(of: "=") else { continue }
      variables[String(text[..<end])] = String(text[end...].dropFirst())
    }
    return variables
  }

  /// This process's, with what lets root start mpirun.
  static var own: [String: String] {
    var variables = ProcessInfo.processInfo.environment
    if getuid() == 0 {
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return variables
  }
}
