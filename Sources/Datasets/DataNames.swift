// What a data set's owner calls its parts.

/// Names of classes, of features (or channels) and of numbers to predict; empty where they have none.
public struct DataNames: Sendable, Equatable {
  public var classes: [String] = []
  public var features: [String] = []
  public var targets: [String] = []

  public init() {}
}
