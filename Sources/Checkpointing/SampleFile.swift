// Generated weight vectors as files that other programs read: HDF5 and safetensors.

import CHDF5
import Glibc
import TensorCore

/// One layer's weights within a flat weight vector: `filterCount` filters, `filterSize` elements apart,
/// each its kernel (of `kernelShape`) followed by its bias, or by scale and shift of a normalization.
public struct SampleBlock: Sendable, Equatable {
  /// The layer's name, such as `layer1`.
  public let name: String
  public let filterCount: Int
  public let kernelShape: [Int]
  /// Where the first filter begins.
  public let offset: Int
  public let filterSize: Int
  /// Where a normalization's means, and behind them its variances, begin among a network's statistics;
  /// nil: there is none.
  public let statisticOffset: Int?

  public init(
    name: String, filterCount: Int, kernelShape: [Int], offset: Int, filterSize: Int,
    statisticOffset: Int? = nil
  ) {
    precondition(
      filterSize == kernelShape.reduce(1, *) + (statisticOffset == nil ? 1 : 2),
      "SampleBlock \(name): filters of \(filterSize) elements with kernels of \(kernelShape)")
    self.name = name
    self.filterCount = filterCount
    self.kernelShape = kernelShape
    self.offset = offset
    self.filterSize = filterSize
    self.statisticOffset = statisticOffset
  }
}

/// Weight vectors of target networks, with the latents they were generated from.
public struct WeightSamples {
  let count: Int
  let latents: FloatView
  let weights: FloatView
  let weightCount: Int
  let statistics: FloatView
  let blocks: [SampleBlock]

  /// `latents` (count, latentSize), `weights` (count, weightCount), `statistics` (count, numbers of all
  /// normalizations, possibly none); `blocks` lie within a weight vector.
  public init(
    count: Int, latents: FloatView, weights: FloatView, weightCount: Int, statistics: FloatView,
    blocks: [SampleBlock]
  ) {
    let own = blocks.reduce(0) { $0 + ($1.statisticOffset == nil ? 0 : 2 * $1.filterCount) }
    precondition(
      count > 0 && latents.count % count == 0 && weights.count == count * weightCount
        && statistics.count == count * own,
      "WeightSamples: \(latents.count) latent numbers, \(weights.count) weights and "
        + "\(statistics.count) statistics for \(count) samples of \(weightCount) and \(own)")
    for block in blocks {
      precondition(
        block.offset >= 0 && block.offset + block.filterCount * block.filterSize <= weightCount,
        "WeightSamples: \(block) in \(weightCount) weights")
    }
    self.count = count
    self.latents = latents
    self.weights = weights
    self.weightCount = weightCount
    self.statistics = statistics
    self.blocks = blocks
  }

  /// One tensor of a file: a path, a shape, and where its elements are.
  struct Tensor {
    enum Source {
      case latents
      /// Elements of each filter.
      case filters(SampleBlock, Range<Int>)
      /// Of each network's statistics.
      case statistics(Range<Int>)
    }

    let path: [String]
    let shape: [Int]
    let source: Source
    var count: Int { shape.reduce(1, *) }
  }

  /// In the order in which they are written.
  var tensors: [Tensor] {
    [Tensor(path: ["latents"], shape: [count, latents.count / count], source: .latents)]
      + blocks.flatMap(tensors)
  }

  private func tensors(of block: SampleBlock) -> [Tensor] {
    let kernelCount = block.kernelShape.reduce(1, *)
    func tensor(_ name: String, _ source: Tensor.Source) -> Tensor {
      Tensor(
        path: ["weights", block.name, name], shape: [count, block.filterCount], source: source)
    }
    let kernel = Tensor(
      path: ["weights", block.name, "kernel"],
      shape: [count, block.filterCount] + block.kernelShape,
      source: .filters(block, 0..<kernelCount))
    guard let offset = block.statisticOffset else {
      return [kernel, tensor("bias", .filters(block, kernelCount..<kernelCount + 1))]
    }
    let filters = block.filterCount
    return [
      kernel, tensor("scale", .filters(block, kernelCount..<kernelCount + 1)),
      tensor("shift", .filters(block, kernelCount + 1..<kernelCount + 2)),
      tensor("mean", .statistics(offset..<offset + filters)),
      tensor("variance", .statistics(offset + filters..<offset + 2 * filters)),
    ]
  }

  /// Overwrites `values` with a tensor's elements.
  func copy(_ tensor: Tensor, into values: FloatView) {
    switch tensor.source {
    case .latents: values.copy(from: latents)
    case .statistics(let range):
      let stride = statistics.count / count
      for sample in 0..<count {
        values.slice(sample * range.count, range.count)
          .copy(from: statistics.slice(sample * stride + range.lowerBound, range.count))
      }
    case .filters(let block, let elements):
      var next = 0
      for sample in 0..<count {
        for filter in 0..<block.filterCount {
          let start = sample * weightCount + block.offset + filter * block.filterSize
          values.slice(next, elements.count)
            .copy(from: weights.slice(start + elements.lowerBound, elements.count))
          next += elements.count
        }
      }
    }
  }
}

/// Writes samples: latents and, layer by layer, kernels and biases, or a normalization's scale, shift, mean
/// and variance in the bias' place. Local: one process writes.
/// Files appear under their names when all of them is on the disk.
public enum SampleFile {
  /// `/latents`, `/weights/LAYER/kernel`, `/weights/LAYER/bias` and so on, 32-bit floats.
  public static func writeHDF5(_ path: String, _ samples: WeightSamples) throws {
    try HDF5.exclusively {
      try write(path, samples) { partialPath throws(CheckpointError) in
        let context =
          "cannot write \(path): check the free space and the disk, or choose another folder"
        let file = H5Fcreate(
          partialPath, hyperdist_h5_truncate(), hyperdist_h5_default(), hyperdist_h5_default())
        if file < 0 { throw HDF5.error(context) }
        for tensor in samples.tensors {
          let values = AlignedBuffer<Float>(count: tensor.count)
          samples.copy(tensor, into: values.view)
          let dataset = try HDF5Object(
            TensorDataset.create(
              tensor.path.joined(separator: "/"), shape: tensor.shape, in: file, context),
            H5Dclose, context)
          try HDF5.check(
            H5Dwrite(
              dataset.id, hyperdist_h5_native_float(), hyperdist_h5_all(), hyperdist_h5_all(),
              hyperdist_h5_default(), values.view.baseAddress), context)
        }
        try HDF5.check(H5Fclose(file), context)
      }
    }
  }

  /// The same tensors named `latents`, `weights.LAYER.kernel`, `weights.LAYER.bias` and so on: the length of
  /// the header (64 bits), the header (JSON), the elements (all little-endian).
  public static func writeSafetensors(_ path: String, _ samples: WeightSamples) throws {
    try write(path, samples) { partialPath throws(CheckpointError) in
      let file = open(partialPath, O_WRONLY | O_TRUNC | O_CLOEXEC)
      if file < 0 { throw CheckpointError("write", path, errno: errno) }
      defer { close(file) }
      var end = 0
      let entries = samples.tensors.map { tensor in
        let start = end
        end += tensor.count * MemoryLayout<Float>.stride
        return "\"\(tensor.path.joined(separator: "."))\":{\"dtype\":\"F32\",\"shape\":["
          + tensor.shape.map(String.init).joined(separator: ",")
          + "],\"data_offsets\":[\(start),\(end)]}"
      }
      var header = Array("{\(entries.joined(separator: ","))}".utf8)
      // Elements begin at a multiple of 8.
      header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
      let start = AlignedBuffer<UInt8>(count: 8 + header.count)
      start.view.copy(from: length + header)
      try writeAll(start.view.bytes, to: file, path)
      for tensor in samples.tensors {
        let values = AlignedBuffer<Float>(count: tensor.count)
        samples.copy(tensor, into: values.view)
        try writeAll(values.view.bytes, to: file, path)
      }
    }
  }

  private static func write(
    _ path: String, _ samples: WeightSamples, _ body: (String) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let partial = PartialFile(for: path)
    let byteCount = samples.tensors.reduce(65_536) {
      $0 + $1.count * MemoryLayout<Float>.stride + 2_048
    }
    try partial.create()
    do {
      try partial.reserve(byteCount)
      try body(partial.path)
      try partial.publish()
    } catch {
      partial.discard()
      throw error
    }
  }

  private static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: String
  ) throws(CheckpointError) {
    var written = 0
    while written < bytes.count {
      let count = Glibc.write(file, bytes.baseAddress! + written, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw CheckpointError("write", path, errno: errno) }
      written += count
    }
  }
}
