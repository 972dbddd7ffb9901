// What every analysis is asked.

import Datasets
import Evaluation

/// What an analysis works on.
public struct AnalysisRequest: Sendable {
  public var samples: Int
  public var seed: UInt64
  public var images: LabeledImages
  /// What the networks were trained on, where it is to be shown.
  public var training: LabeledImages?
  /// Only the first images, or all.
  public var imageLimit: Int?
  /// Hears of units of work that this rank has done, of how many.
  public var progress: (@Sendable (_ done: Int) -> Void)?

  public init(samples: Int, seed: UInt64, images: LabeledImages, imageLimit: Int? = nil) {
    self.samples = samples
    self.seed = seed
    self.images = images
    self.imageLimit = imageLimit
  }

  var imageCount: Int { min(imageLimit ?? images.count, images.count) }

  func networks(_ count: Int) -> EvaluationRequest {
    EvaluationRequest(networkCount: count, seed: seed, imageLimit: imageLimit, progress: progress)
  }
}
