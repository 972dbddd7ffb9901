// What networks said of one set of images, as tensors of a file.

import Collectives
import Numerics

/// Predictions of one set of images.
public struct PredictionTensors {
  let group: String
  let networkCount: Int
  let imageCount: Int
  let classCount: Int
  let ownProbabilities: FloatView?
  let meanProbabilities: SharedBuffer<Double>
  let labels: SharedBuffer<ClassLabel>

  /// - Parameters:
  ///   - group: where in the file, `` or a path that ends in `/`.
  ///   - ownProbabilities: this rank's r * N / P ..< (r + 1) * N / P of the networks, (networks, images,
  ///     classes); nil: only their mean is written.
  ///   - meanProbabilities: (images, classes), the same on every rank.
  public init(
    group: String, networkCount: Int, classCount: Int, ownProbabilities: FloatView?,
    meanProbabilities: [Double], labels: [ClassLabel]
  ) {
    precondition(meanProbabilities.count == labels.count * classCount)
    self.group = group
    self.networkCount = networkCount
    self.classCount = classCount
    imageCount = labels.count
    self.ownProbabilities = ownProbabilities
    self.meanProbabilities = SharedBuffer(count: meanProbabilities.count)
    self.meanProbabilities.view.copy(from: meanProbabilities)
    self.labels = SharedBuffer(count: labels.count)
    self.labels.view.copy(from: labels)
  }

  func tensors(_ communicator: Communicator) -> [SharedTensor] {
    var tensors: [SharedTensor] = []
    if let ownProbabilities {
      tensors.append(
        SharedTensor(
          group + "probabilities", shape: [networkCount, imageCount, classCount], .float,
          own: ownProbabilities, communicator))
    }
    return tensors + [
      SharedTensor(
        group + "mean_probabilities", shape: [imageCount, classCount], .double,
        all: meanProbabilities.view, communicator),
      SharedTensor(
        group + "labels", shape: [imageCount], .label(classes: classCount),
        all: labels.view, communicator),
    ]
  }
}
