// What `doctor` prints and tests go through.

/// The names of the ways to do a task, the fastest first, and when each applies.
public struct CandidateSummary: Sendable {
  /// What is done, such as `convolution forward`.
  public let task: String
  public let candidates: [(name: String, condition: String)]

  /// Of everything that can be computed in several ways; the first that applies is taken.
  public static let all: [CandidateSummary] = Convolution.candidates + [Pooling.candidates]
}
