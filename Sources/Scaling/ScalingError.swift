// Why a study cannot be made.

import Host

public struct ScalingError: UserFacingError {
  public let description: String
  public let exitStatus: ExitStatus

  init(_ description: String, _ exitStatus: ExitStatus = .failed) {
    (self.description, self.exitStatus) = (description, exitStatus)
  }
}
