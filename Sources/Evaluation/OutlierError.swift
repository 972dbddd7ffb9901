// `--ood` asked for what does not fit.

import Host

/// Images that cannot be set against others.
public struct OutlierError: UserFacingError {
  public let description: String
  public var exitStatus: ExitStatus { .badRequest }

  init(_ description: String) { self.description = description }
}
