// Figures that are missing.

import Host

/// A figure could not be drawn.
public struct FigureError: UserFacingError {
  public let description: String
}
