// What networks said of images, as a file that other programs read.

import Collectives
import Numerics

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
        path, tensors, headerSize: 65_536, communicator: communicator, reservesSpace: true,
        write: { attributes throws(CheckpointError) in
          try attributes.write("format_version", Int64(CheckpointFile.formatVersion))
        })
    }
  }
}
