// Networks read back from a sample file.

import Numerics

extension SampleFile {
  /// What `path` holds, if it is a sample file in HDF5; nil if it is another file of HDF5. Local.
  public static func contents(of path: String) throws -> SampleContents? {
    try HDF5.exclusively {
      let reader = try CheckpointReader(path)
      guard reader.holdsNetworks else { return nil }
      return SampleContents(
        path: path, header: try reader.sampleHeader(),
        shapes: Dictionary(uniqueKeysWithValues: try reader.list().map { ($0.name, $0.shape) }))
    }
  }

  /// Overwrites the values of `tensors`, which the file has under the same names and shapes. Local.
  public static func read(_ contents: SampleContents, tensors: [CheckpointTensor]) throws {
    try HDF5.exclusively {
      let reader = try CheckpointReader(contents.path)
      for tensor in tensors { try reader.read(tensor) }
    }
  }

  /// Overwrites the views with the file's first networks, as many as `weights` has room for: `weights` (networks,
  /// `weightCount`), `statistics` (networks, those of all normalized blocks), `latents` (networks, d; nil: not wanted).
  /// The shapes must be those of `blocks`: see ``SampleContents``. Local. Memory: one tensor of the file at a time.
  public static func read(
    _ contents: SampleContents, blocks: [SampleBlock], weightCount: Int, weights: FloatView,
    statistics: FloatView, latents: FloatView?
  ) throws {
    let networks = weights.count / weightCount
    precondition(
      networks <= contents.count, "SampleFile: \(networks) of \(contents.count) networks")
    let place = WeightSamples(
      count: networks, latentSize: latents.map { $0.count / max(1, networks) } ?? 0,
      latents: latents ?? weights.slice(0, 0), weights: weights, weightCount: weightCount,
      statistics: statistics, blocks: blocks)
    try HDF5.exclusively {
      let reader = try CheckpointReader(contents.path)
      for tensor in place.tensors where latents != nil || tensor.path != ["latents"] {
        let name = tensor.path.joined(separator: "/")
        let shape = [contents.count] + tensor.shape.dropFirst()
        try reader.requireStored(name, shape)
        let buffer = SharedBuffer<Float>(count: shape.reduce(1, *))
        try reader.read(CheckpointTensor(name: name, shape: shape, values: buffer.view))
        place.scatter(buffer.view.slice(0, networks * tensor.rowCount), to: tensor)
        withExtendedLifetime(buffer) {}
      }
    }
  }
}
