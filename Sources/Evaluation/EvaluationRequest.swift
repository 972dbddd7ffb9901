// Which networks are measured.

import Numerics

/// What an evaluation measures.
public struct EvaluationRequest: Sendable {
  /// Generated networks; each is a function of (seed, purpose, its number).
  public var networkCount: Int
  public var seed: UInt64
  public var purpose: RandomPurpose
  /// Only the first images of the set, or all.
  public var imageLimit: Int?

  public init(
    networkCount: Int, seed: UInt64, purpose: RandomPurpose = .evaluationLatents,
    imageLimit: Int? = nil
  ) {
    self.networkCount = networkCount
    self.seed = seed
    self.purpose = purpose
    self.imageLimit = imageLimit
  }
}
