// What networks said of images, as a file that other programs read.

import Collectives
import TensorCore

/// Predictions of one set of images.
public struct PredictionTensors {
  let group: String
  let networkCount: Int
  let imageCount: Int
  let classCount: Int
  let ownProbabilities: FloatView?
  let meanProbabilities: SharedBuffer<Double>
  let labels: SharedBuffer<UInt8>

  /// - Parameters:
  ///   - group: where in the file, `` or a path that ends in `/`.
  ///   - ownProbabilities: this rank's r * N / P ..< (r + 1) * N / P of the networks, (networks, images,
  ///     classes); nil: only their mean is written.
  ///   - meanProbabilities: (images, classes), the same on every rank.
  public init(
    group: String, networkCount: Int, classCount: Int, ownProbabilities: FloatView?,
    meanProbabilities: [Double], labels: [UInt8]
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
        group + "labels", shape: [imageCount], .byte, all: labels.view, communicator),
    ]
  }
}

public enum ProbabilityFile {
  /// Writes all `predictions` and `/temperature` (one number, NaN where there is none); all ranks
  /// together, each its networks. The file appears under `path` when all of it is on the disk. Collective;
  /// all ranks throw the same error.
  public static func write(
    _ path: String, _ predictions: [PredictionTensors], temperature: Double?,
    communicator: Communicator
  ) throws {
    let number = SharedBuffer<Double>(count: 1)
    number.view[0] = temperature ?? .nan
    let tensors =
      predictions.flatMap { $0.tensors(communicator) } + [
        SharedTensor("temperature", shape: [1], .double, all: number.view, communicator)
      ]
    try withExtendedLifetime((predictions, number)) {
      try ParallelWriter.replace(
        path, tensors, headerSize: 65_536, communicator: communicator, reservesSpace: true
      ) { attributes throws(CheckpointError) in
        try attributes.write("format_version", Int64(CheckpointFile.formatVersion))
      }
    }
  }
}
