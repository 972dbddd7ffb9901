// What is wrong with a configuration, all of it at once.

import Host

/// Everything wrong with a configuration, one line a problem.
public struct ConfigurationError: UserFacingError {
  public let problems: [Problem]
  public var exitStatus: ExitStatus { .badRequest }

  init(_ problems: [Problem]) { self.problems = problems }

  public var description: String {
    let count = problems.count
    return problems.reduce("\(count) problem\(count == 1 ? "" : "s") in the configuration") {
      "\($0)\n  \($1)"
    }
  }
}
