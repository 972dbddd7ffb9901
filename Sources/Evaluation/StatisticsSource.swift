// Means and variances for generated networks with normalizations: a pass over training images each.

import Datasets

/// The images from which networks with normalizations take their means and variances: whole batches in
/// the set's order, each normalized on the way by its own statistics, as in training.
public struct StatisticsSource: Sendable {
  let images: LabeledImages
  let batch: Int
  let batchCount: Int

  /// - Parameters:
  ///   - images: the training set.
  ///   - batch: images of a batch; those behind the last whole batch are left out.
  ///   - limit: only the first images; nil: all.
  public init(images: LabeledImages, batch: Int, limit: Int? = nil) {
    let count = min(limit ?? images.count, images.count)
    precondition(count > 0 && batch > 0, "StatisticsSource: batches of \(batch) of \(count) images")
    self.images = images
    self.batch = min(batch, count)
    batchCount = count / self.batch
  }
}
