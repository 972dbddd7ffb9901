// One checkpoint: named tensors and a header in an HDF5 file that any number of ranks can read.

import Collectives
import Host
import Numerics

/// Reads and writes checkpoint files, in the layout of docs: one dataset of 32-bit floats a tensor, the
/// header in attributes of the root group.
public enum CheckpointFile {
  public static let formatVersion = 1
  public static let defaultReduction = "reproducible"

  /// Writes a checkpoint; `tensors` hold the same values on every rank, each writes a part of the
  /// rows and reads back another; rank 0 leaves the writing to the others on its machine while it computes `digests`. `digests` are the tensors', computed meanwhile, and the whole's becomes the header's; without
  /// them the header keeps its own and the tensors have none. All ranks `inspect` the tensors before they write anything of them, and write nothing
  /// where that throws, on all alike. The file appears under `path` when all of it is on the disk; on an error, which all ranks
  /// throw, whatever was there before is left as it was. After an error the run must end without
  /// `MPI_Finalize`, in which HDF5 would try to complete the file. Collective.
  public static func write(
    _ path: String, header: CheckpointHeader, tensors: [CheckpointTensor],
    digests: StateDigester? = nil, communicator: Communicator,
    inspect: () throws -> Void = {}
  ) throws {
    try write(
      path, header: header, tensors: tensors, digests: digests, communicator: communicator,
      inspect: inspect, precautions: .all)
  }

  /// As ``write(_:header:tensors:digests:communicator:inspect:)``, with less care.
  package static func write(
    _ path: String, header: CheckpointHeader, tensors: [CheckpointTensor],
    digests: StateDigester? = nil, communicator: Communicator,
    inspect: () throws -> Void = {}, precautions: WritingPrecautions
  ) throws {
    let digester = precautions.contains(.digests) ? digests : nil
    var header = header
    var found = TensorDigests()
    let shares =
      digester == nil ? RowShares.even(communicator.size) : try .sparingRankZero(communicator)
    let readingBack =
      precautions.contains(.readingBack)
      ? ReadingBack(
        tensors: tensors, communicator: communicator,
        pool: digester?.pool ?? WorkerPool(threadCount: 1)) : nil
    try ParallelWriter.replace(
      path, shared(tensors, communicator, shares),
      headerSize: header.configuration.utf8.count + (header.data?.utf8.count ?? 0) + 65_536
        + 1024 * tensors.count,
      communicator: communicator, shares: shares, reservesSpace: precautions.contains(.room)
    ) { writing in
      guard let digester else {
        try inspect()
        return try writing()
      }
      try withoutActuallyEscaping(inspect) { inspect in
        try digester.compute {
          try inspect()
          try writing()
        }
      }
    } check: {
      try readingBack?.checkValues($0, places: $1)
    } describe: {
      if let digester {
        found = try digester.share()
        header.stateDigest = found.state
      }
    } write: { attributes throws(CheckpointError) in
      try attributes.write(header)
      for tensor in tensors {
        if let digest = found.running[tensor.name] {
          try attributes.write(runningDigest: digest, of: tensor.name)
        }
      }
    } verify: {
      try readingBack?.checkAttributes($0, header, found, places: $1)
    }
  }

  /// As all ranks write them together.
  static func shared(
    _ tensors: [CheckpointTensor], _ communicator: Communicator, _ shares: RowShares? = nil
  ) -> [SharedTensor] {
    tensors.map {
      SharedTensor($0.name, shape: $0.shape, .float, all: $0.values, communicator, shares)
    }
  }

  /// The header of a checkpoint. Local; any process may read at any time.
  public static func readHeader(_ path: String) throws -> CheckpointHeader {
    try HDF5.exclusively { try CheckpointReader(path).header() }
  }

  /// All tensors of a file, in alphabetical order. Local.
  public static func list(_ path: String) throws -> [(name: String, shape: [Int])] {
    try HDF5.exclusively { try CheckpointReader(path).list() }
  }

  /// All tensors of a file, by name, and the state digest of what they hold. `header` is this file's, of a training with `shardCount` shards. Local.
  package static func readAll(_ path: String, header: CheckpointHeader, shardCount: Int) throws
    -> (tensors: [(name: String, shape: [Int])], digest: String)
  {
    try HDF5.exclusively {
      let reader = try CheckpointReader(path)
      let entries = try reader.list()
      return (
        entries, try digest(entries, reader, header: header, shardCount: shardCount, wanted: [:])
      )
    }
  }

  /// The state digest of a file's tensors, whose own ones must be right. What is not among those that were read already is read.
  private static func digest(
    _ entries: [(name: String, shape: [Int])], _ reader: borrowing CheckpointReader,
    header: CheckpointHeader, shardCount: Int, wanted: [String: CheckpointTensor]
  ) throws -> String {
    var digest = StateDigest(
      step: header.step, seed: header.seed, shardCount: shardCount, tensorCount: entries.count)
    var scratch = SharedBuffer<Float>(count: 0)
    for (name, shape) in entries.sorted(by: { $0.name < $1.name }) {
      if let tensor = wanted[name] {
        digest.add(name, shape, tensor.values)
        try reader.requireDigest(tensor, digest)
        continue
      }
      try reader.requireStored(name, shape)
      let count = shape.reduce(1, *)
      if scratch.view.count < count { scratch = SharedBuffer(count: count) }
      let tensor = CheckpointTensor(
        name: name, shape: shape, values: scratch.view.slice(0, count))
      try reader.read(tensor)
      digest.add(name, shape, tensor.values)
      try reader.requireDigest(tensor, digest)
    }
    withExtendedLifetime(scratch) {}
    return digest.text()
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
      for tensor in tensors { try reader.read(tensor) }
      let found = try digest(
        reader.list(), reader, header: header, shardCount: shardCount, wanted: wanted)
      guard found == header.stateDigest else {
        throw CheckpointError(
          "\(path): the file's content does not match its state_digest: it is damaged; use another checkpoint",
          isDamage: true)
      }
    }
  }
}
