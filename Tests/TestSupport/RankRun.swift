// How a program ended that a test ran.

import Foundation

/// What a program printed and how it ended.
public struct RankRun: Sendable {
  public let status: Int32
  public let output: String
  public let errors: String

  public var lines: [String] { output.split(separator: "\n").map(String.init) }
}
