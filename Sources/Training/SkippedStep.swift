// Steps that are not made because a number in them is not finite.

/// Why a step was not made: parameters, optimizer and running averages are as before it. The same on
/// every rank.
public struct SkippedStep: Sendable, Equatable {
  public enum Quantity: Sendable, Equatable {
    /// The loss of a sample's network.
    case networkLoss
    /// A sample's distance to its nearest neighbour.
    case distance
    /// Means or variances by which the hypernetwork normalizes its layers.
    case statistics
    /// The diversity term, or its sum with lambda times the networks' loss.
    case loss
    /// The gradient of the named parameter, or its square, which Adam needs.
    case gradient(parameter: String)
  }

  public var quantity: Quantity
  /// The first sample of the minibatch at which it shows, if it is one sample's.
  public var sample: Int?
  /// The rank that computed that sample.
  public var rank: Int?

  /// What is not finite, in words.
  public var text: String {
    let place = sample.map { " of sample \($0) (rank \(rank ?? 0))" } ?? ""
    return switch quantity {
    case .networkLoss: "the loss\(place)"
    case .distance: "the nearest distance\(place)"
    case .statistics: "a mean or variance of the hypernetwork's layers"
    case .loss: "the loss"
    case .gradient(let parameter): "the gradient of \(parameter)" + place
    }
  }
}
