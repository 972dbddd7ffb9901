// Comparing a file with the published one.

/// What `hyperdist data verify` says of one file.
public struct FileVerification: Sendable {
  public enum Verdict: Sendable, Equatable {
    /// Its content is the published one.
    case published
    /// Its content has another SHA-256 than the published one.
    case different(found: String, published: String)
    /// It could not be read to its end; the one line that says why.
    case unreadable(String)
  }

  public let path: String
  public let verdict: Verdict
}
