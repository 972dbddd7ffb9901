// What is told of a data set that is looked for.

/// One line of `hyperdist data list`.
public struct DatasetListing: Sendable {
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// The folder with all its files, `drawn by the program`, or nil where it was not found.
  public let location: String?
}
