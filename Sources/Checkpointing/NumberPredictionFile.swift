// What networks predicted, as a file that other programs read.

import Collectives
import Numerics

public enum NumberPredictionFile {
  /// Writes `/predictions` (networks, images, targets) and, of the same shape, `/deviations` where networks give a density, or `/noise` (targets)
  /// where one was taken for theirs; `/observed` (images, targets). All in the targets' units. Collective; all ranks throw the same error.
  public static func write(
    _ path: String, networkCount: Int, targetCount: Int, predictions: FloatView,
    deviations: FloatView?, noise: [Double]?, observed: [Double], communicator: Communicator
  ) throws {
    let imageCount = observed.count / targetCount
    let numbers = SharedBuffer<Double>(count: observed.count)
    numbers.view.copy(from: observed)
    let taken = SharedBuffer<Double>(count: noise?.count ?? 0)
    taken.view.copy(from: noise ?? [])
    let shape = [networkCount, imageCount, targetCount]
    var tensors = [
      SharedTensor("predictions", shape: shape, .float, all: predictions, communicator),
      SharedTensor(
        "observed", shape: [imageCount, targetCount], .double, all: numbers.view, communicator),
    ]
    if let deviations {
      tensors.append(
        SharedTensor("deviations", shape: shape, .float, all: deviations, communicator))
    }
    if let noise {
      tensors.append(
        SharedTensor("noise", shape: [noise.count], .double, all: taken.view, communicator))
    }
    try withExtendedLifetime((numbers, taken)) {
      try ParallelWriter.replace(
        path, tensors, headerSize: 65_536, communicator: communicator, reservesSpace: true,
        write: { attributes throws(CheckpointError) in
          try attributes.write("format_version", Int64(CheckpointFile.formatVersion))
        })
    }
  }
}
