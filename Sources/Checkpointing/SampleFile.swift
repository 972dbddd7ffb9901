// Generated weight vectors as files that other programs read: HDF5 and safetensors.

import Collectives
import Files
import Numerics

/// Writes samples: latents and, layer by layer, kernels and biases, or a normalization's scale, shift, mean
/// and variance in the bias' place. All ranks write together, each its samples. Files appear under their
/// names when all of them is on the disk. Collective; all ranks throw the same error.
public enum SampleFile {
  /// `/latents`, `/weights/LAYER/kernel`, `/weights/LAYER/bias` and so on, 32-bit floats; what the networks are in attributes
  /// of the root group. `model` is what the latents were mapped by, the same on every rank, under names of its own.
  public static func writeHDF5(
    _ path: String, _ samples: WeightSamples, model: [CheckpointTensor] = [],
    header: SampleHeader? = nil, communicator: Communicator
  ) throws {
    try ParallelWriter.replace(
      path, samples.sharedTensors + CheckpointFile.shared(model, communicator),
      headerSize: 65_536 + (header?.configuration.utf8.count ?? 0)
        + (header?.data?.utf8.count ?? 0), communicator: communicator,
      reservesSpace: true,
      write: { attributes throws(CheckpointError) in
        if let header { try attributes.write(header) }
      })
  }

  /// The same tensors named `latents`, `weights.LAYER.kernel`, `weights.LAYER.bias` and so on: the length of
  /// the header (64 bits), the header (JSON), the elements (all little-endian). What the networks are is in its `__metadata__`, under the
  /// names of HDF5's attributes, all of it as texts.
  public static func writeSafetensors(
    _ path: String, _ samples: WeightSamples, header networks: SampleHeader? = nil,
    communicator: Communicator
  ) throws {
    let partial = PartialFile(for: path)
    let header = header(of: samples, networks)
    let byteCount = samples.tensors.reduce(header.view.count) { $0 + $1.byteCount }
    do {
      try communicator.onRankZero {
        try partial.create()
        try partial.reserve(byteCount)
        try partial.write { (put) throws(FileError) in try put(header.view.bytes, 0) }
      }
      try communicator.agree(
        failure {
          try partial.write { (put) throws(FileError) in
            try write(
              samples, behind: header.view.count, rank: communicator.rank, of: communicator.size,
              put)
          }
        })
      try communicator.onRankZero { try partial.publish() }
    } catch {
      if communicator.rank == 0 { partial.discard() }
      throw error
    }
  }

  /// Gives this rank's rows of all tensors, a few at a time, to `put` with their places in the file.
  private static func write(
    _ samples: WeightSamples, behind header: Int, rank: Int, of size: Int,
    _ put: PartialFile.Put
  ) throws(FileError) {
    let first = RowShares.even(size).rows(of: rank, samples.count).lowerBound
    let tensors = samples.sharedTensors
    let scratch = ParallelWriter.scratch(for: tensors)
    var offset = header
    for tensor in tensors {
      let rowBytes = tensor.rowBytes
      let step = max(1, ParallelWriter.gatheredBytes / max(1, rowBytes))
      for begin in stride(from: 0, to: samples.ownCount, by: step) {
        let rows = begin..<min(begin + step, samples.ownCount)
        guard let bytes = tensor.bytes(of: rows, scratch: scratch.view) else { continue }
        try put(bytes, offset + (first + begin) * rowBytes)
      }
      offset += tensor.shape[0] * rowBytes
    }
    withExtendedLifetime(scratch) {}
  }

  private static func header(of samples: WeightSamples, _ networks: SampleHeader?) -> SharedBuffer<
    UInt8
  > {
    var end = 0
    let metadata = networks.map { ["\"__metadata__\":\($0.texts)"] } ?? []
    let entries =
      metadata
      + samples.tensors.map { tensor in
        let start = end
        end += tensor.byteCount
        return "\"\(tensor.path.joined(separator: "."))\":{\"dtype\":\"F32\",\"shape\":["
          + tensor.shape.map(String.init).joined(separator: ",")
          + "],\"data_offsets\":[\(start),\(end)]}"
      }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    // Elements begin at a multiple of 8.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    let bytes = SharedBuffer<UInt8>(count: 8 + header.count)
    bytes.view.copy(from: length + header)
    return bytes
  }
}
