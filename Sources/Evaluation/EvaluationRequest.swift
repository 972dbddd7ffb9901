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
  /// Hears of every network that has been run on a set of images, with the number of images. From any
  /// thread.
  public var progress: (@Sendable (_ images: Int) -> Void)?

  public init(
    networkCount: Int, seed: UInt64, purpose: RandomPurpose = .evaluationLatents,
    imageLimit: Int? = nil, progress: (@Sendable (_ images: Int) -> Void)? = nil
  ) {
    self.networkCount = networkCount
    self.seed = seed
    self.purpose = purpose
    self.imageLimit = imageLimit
    self.progress = progress
  }
}
