// One checkpoint: named tensors and a header in an HDF5 file that any number of ranks can read.

import Collectives
import Host
import Numerics

/// Reads and writes checkpoint files, in the layout of docs: one dataset of 32-bit floats a tensor, the
/// header in attributes of the root group.
public enum CheckpointFile {
  public static let formatVersion = 1
  public static let defaultReduction = "reproducible"

  /// Writes a checkpoint; `tensors` hold the same values on every rank, each writes its 1/P of the
  /// rows, and reads back the next rank's. `digests` are theirs, computed beside the writing, and the whole's becomes the header's; without
  /// them the header keeps its own. The file appears under `path` when all of it is on the disk; on an error, which all ranks
  /// throw, whatever was there before is left as it was. After an error the run must end without
  /// `MPI_Finalize`, in which HDF5 would try to complete the file. Collective.
  public static func write(
    _ path: String, header: CheckpointHeader, tensors: [CheckpointTensor],
    digests: StateDigester? = nil, communicator: Communicator
  ) throws {
    try write(
      path, header: header, tensors: tensors, digests: digests, communicator: communicator,
      precautions: .all)
  }

  /// As ``write(_:header:tensors:digests:communicator:)``, with less care.
  package static func write(
    _ path: String, header: CheckpointHeader, tensors: [CheckpointTensor],
    digests: StateDigester? = nil, communicator: Communicator, precautions: WritingPrecautions
  ) throws {
    let digester =
      precautions.contains(.digests)
      ? digests ?? StateDigester(of: tensors, communicator) : nil
    var header = header
    var found: [String: String] = [:]
    try ParallelWriter.replace(
      path, shared(tensors, communicator),
      headerSize: header.configuration.utf8.count + (header.data?.utf8.count ?? 0) + 65_536
        + 1024 * tensors.count,
      communicator: communicator, reservesSpace: precautions.contains(.room)
    ) { writing in
      if let digester { digester.compute(beside: writing) } else { writing() }
    } describe: {
      if let all = try digester?.share() {
        found = all.tensors
        if !all.state.isEmpty { header.stateDigest = all.state }
      }
    } write: { attributes throws(CheckpointError) in
      try attributes.write(header)
      for tensor in tensors {
        if let digest = found[tensor.name] { try attributes.write(digest: digest, of: tensor.name) }
      }
    } verify: {
      if precautions.contains(.readingBack) {
        try ReadingBack(header: header, tensors: tensors, digests: found)
          .check($0, communicator, pool: digester?.pool ?? WorkerPool(threadCount: 1))
      }
    }
  }

  /// As all ranks write them together.
  static func shared(_ tensors: [CheckpointTensor], _ communicator: Communicator)
    -> [SharedTensor]
  {
    tensors.map { SharedTensor($0.name, shape: $0.shape, .float, all: $0.values, communicator) }
  }

  /// The header of a checkpoint. Local; any process may read at any time.
  public static func readHeader(_ path: String) throws -> CheckpointHeader {
    try HDF5.exclusively { try CheckpointReader(path).header() }
  }

  /// All tensors of a file, in alphabetical order. Local.
  public static func list(_ path: String) throws -> [(name: String, shape: [Int])] {
    try HDF5.exclusively { try CheckpointReader(path).list() }
  }

  /// All tensors of a file with their values, which lie in `buffers`. Local.
  package static func readAll(_ path: String) throws
    -> (tensors: [CheckpointTensor], buffers: [SharedBuffer<Float>])
  {
    try HDF5.exclusively {
      let reader = try CheckpointReader(path)
      var tensors: [CheckpointTensor] = []
      var buffers: [SharedBuffer<Float>] = []
      for entry in try reader.list() {
        try reader.requireStored(entry.name, entry.shape)
        let buffer = SharedBuffer<Float>(count: entry.shape.reduce(1, *))
        let tensor = CheckpointTensor(name: entry.name, shape: entry.shape, values: buffer.view)
        try reader.read(tensor)
        try reader.requireDigest(tensor)
        tensors.append(tensor)
        buffers.append(buffer)
      }
      return (tensors, buffers)
    }
  }

  /// Overwrites the values of all `tensors`, which the file has under the same names and shapes. All of the file is
  /// read and must be what was saved: the state of `header`, which is this file's, of a training with `shardCount` shards.
  /// Local: ranks that read a shared file each read all of it. Memory: the largest tensor not asked for.
  public static func read(
    _ path: String, header: CheckpointHeader, shardCount: Int, tensors: [CheckpointTensor]
  ) throws {
    let wanted = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    try HDF5.exclusively {
      let reader = try CheckpointReader(path)
      for tensor in tensors {
        try reader.read(tensor)
        try reader.requireDigest(tensor)
      }
      let entries = try reader.list().sorted { $0.name < $1.name }
      var digest = StateDigest(
        step: header.step, seed: header.seed, shardCount: shardCount, tensorCount: entries.count)
      var scratch = SharedBuffer<Float>(count: 0)
      for (name, shape) in entries {
        if let tensor = wanted[name] {
          digest.add(name, shape, tensor.values)
          continue
        }
        try reader.requireStored(name, shape)
        let count = shape.reduce(1, *)
        if scratch.view.count < count { scratch = SharedBuffer(count: count) }
        let values = scratch.view.slice(0, count)
        let tensor = CheckpointTensor(name: name, shape: shape, values: values)
        try reader.read(tensor)
        try reader.requireDigest(tensor)
        digest.add(name, shape, values)
      }
      withExtendedLifetime(scratch) {}
      guard digest.text() == header.stateDigest else {
        throw CheckpointError(
          "\(path): the file's content does not match its state_digest: it is damaged; use another checkpoint",
          isDamage: true)
      }
    }
  }
}
