// What the user of a command can do about a file that fails: only the command knows its options.

/// The ends of sentences that ``FileError`` tells.
public struct FileAdvice: Sendable, Equatable {
  /// How to choose another place, such as `give another --run-dir`.
  public let elsewhere: String
  /// What to do when there is room again, such as `continue with --resume auto`; nil: nothing but to try again.
  public let afterwards: String?

  public init(elsewhere: String, afterwards: String? = nil) {
    self.elsewhere = elsewhere
    self.afterwards = afterwards
  }

  /// Where the options of the command are not known.
  public static let general = FileAdvice(elsewhere: "choose another place")
}
