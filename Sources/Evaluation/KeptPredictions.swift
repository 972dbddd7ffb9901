// What a run of networks leaves beside its sums.

/// Of each of a rank's networks, what it said of each image.
public struct KeptPredictions: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// 4 * own networks * images * classes bytes.
  public static let probabilities = KeptPredictions(rawValue: 1)
  /// The class it names: own networks * images bytes.
  public static let classes = KeptPredictions(rawValue: 2)
}
