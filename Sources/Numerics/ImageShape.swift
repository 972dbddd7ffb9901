// The shape of one image.

/// Channels, rows and columns of one image, stored channel by channel, row by row.
public struct ImageShape: Sendable, Equatable, CustomStringConvertible {
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  public var count: Int { channels * height * width }
  public var description: String { "\(channels)x\(height)x\(width)" }
}
