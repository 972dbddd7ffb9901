// When LAPACK finds no eigenvalues.

import Host

/// LAPACK did not find what it was asked for.
public struct EigenvalueError: UserFacingError {
  public let description: String
}
