// Outputs that cannot be what the command line says.

import Host

/// A named output is no place for a result.
public struct OutputError: UserFacingError {
  public let description: String
  public let exitStatus: ExitStatus
}
