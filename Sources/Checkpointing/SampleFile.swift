// Generated weight vectors as files that other programs read: HDF5 and safetensors.

import Collectives
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

/// Weight vectors of target networks, with the latents they were generated from: this rank's
/// r * count / P ..< (r + 1) * count / P of them.
public struct WeightSamples {
  /// Of all ranks.
  let count: Int
  let latents: FloatView
  let weights: FloatView
  let weightCount: Int
  let statistics: FloatView
  let blocks: [SampleBlock]
  private let latentSize: Int
  private let statisticCount: Int
  /// Samples of this rank.
  var ownCount: Int { weights.count / weightCount }

  /// `latents` (own samples, latentSize), `weights` (own samples, weightCount), `statistics` (own samples,
  /// numbers of all normalizations, possibly none); `blocks` lie within a weight vector.
  public init(
    count: Int, latentSize: Int, latents: FloatView, weights: FloatView, weightCount: Int,
    statistics: FloatView, blocks: [SampleBlock]
  ) {
    let own = weights.count / weightCount
    let statisticCount = blocks.reduce(0) {
      $0 + ($1.statisticOffset == nil ? 0 : 2 * $1.filterCount)
    }
    precondition(
      own <= count && weights.count == own * weightCount && latents.count == own * latentSize
        && statistics.count == own * statisticCount,
      "WeightSamples: \(latents.count) latent numbers, \(weights.count) weights and "
        + "\(statistics.count) statistics for samples of \(latentSize), \(weightCount), \(statisticCount)"
    )
    for block in blocks {
      precondition(
        block.offset >= 0 && block.offset + block.filterCount * block.filterSize <= weightCount,
        "WeightSamples: \(block) in \(weightCount) weights")
    }
    self.count = count
    self.latentSize = latentSize
    self.latents = latents
    self.weights = weights
    self.weightCount = weightCount
    self.statistics = statistics
    self.statisticCount = statisticCount
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
    /// Elements of one sample.
    var rowCount: Int { shape.dropFirst().reduce(1, *) }
    var byteCount: Int { shape[0] * rowCount * MemoryLayout<Float>.stride }
  }

  /// In the order in which they are written.
  var tensors: [Tensor] {
    [Tensor(path: ["latents"], shape: [count, latentSize], source: .latents)]
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

  /// The tensors of an HDF5 file.
  var sharedTensors: [SharedTensor] {
    tensors.map { tensor in
      SharedTensor(tensor.path.joined(separator: "/"), shape: tensor.shape) {
        gather($0, of: tensor, into: $1)
      }
    }
  }

  /// Copies a tensor's rows of some of this rank's samples, one behind the other.
  func gather(_ samples: Range<Int>, of tensor: Tensor, into destination: UnsafeMutableRawPointer) {
    let rows = VectorView(
      baseAddress: destination.assumingMemoryBound(to: Float.self),
      count: samples.count * tensor.rowCount)
    switch tensor.source {
    case .latents:
      rows.copy(from: latents.slice(samples.lowerBound * latentSize, rows.count))
    case .statistics(let range):
      for (row, sample) in samples.enumerated() {
        rows.slice(row * range.count, range.count)
          .copy(from: statistics.slice(sample * statisticCount + range.lowerBound, range.count))
      }
    case .filters(let block, let elements):
      var next = 0
      for sample in samples {
        for filter in 0..<block.filterCount {
          let start = sample * weightCount + block.offset + filter * block.filterSize
          rows.slice(next, elements.count)
            .copy(from: weights.slice(start + elements.lowerBound, elements.count))
          next += elements.count
        }
      }
    }
  }
}

/// Writes samples: latents and, layer by layer, kernels and biases, or a normalization's scale, shift, mean
/// and variance in the bias' place. All ranks write together, each its samples. Files appear under their
/// names when all of them is on the disk. Collective; all ranks throw the same error.
public enum SampleFile {
  /// `/latents`, `/weights/LAYER/kernel`, `/weights/LAYER/bias` and so on, 32-bit floats.
  public static func writeHDF5(
    _ path: String, _ samples: WeightSamples, communicator: Communicator
  ) throws {
    try ParallelWriter.replace(
      path, samples.sharedTensors, headerSize: 65_536, communicator: communicator,
      reservesSpace: true
    ) { _ throws(CheckpointError) in }
  }

  /// The same tensors named `latents`, `weights.LAYER.kernel`, `weights.LAYER.bias` and so on: the length of
  /// the header (64 bits), the header (JSON), the elements (all little-endian).
  public static func writeSafetensors(
    _ path: String, _ samples: WeightSamples, communicator: Communicator
  ) throws {
    let partial = PartialFile(for: path)
    let header = header(of: samples)
    let byteCount = samples.tensors.reduce(header.view.count) { $0 + $1.byteCount }
    do {
      try communicator.onRankZero { () throws(CheckpointError) in
        try partial.create()
        try partial.reserve(byteCount)
        try partial.write { (put) throws(CheckpointError) in try put(header.view.bytes, 0) }
      }
      try communicator.agree(
        failure { () throws(CheckpointError) in
          try partial.write { (put) throws(CheckpointError) in
            try write(
              samples, behind: header.view.count, rank: communicator.rank, of: communicator.size,
              put)
          }
        })
      try communicator.onRankZero { () throws(CheckpointError) in try partial.publish() }
    } catch {
      if communicator.rank == 0 { partial.discard() }
      throw error
    }
  }

  /// Gives this rank's rows of all tensors, a few at a time, to `put` with their places in the file.
  private static func write(
    _ samples: WeightSamples, behind header: Int, rank: Int, of size: Int,
    _ put: PartialFile.Put
  ) throws(CheckpointError) {
    let first = SharedTensor.rows(of: rank, size, samples.count).lowerBound
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

  private static func header(of samples: WeightSamples) -> SharedBuffer<UInt8> {
    var end = 0
    let entries = samples.tensors.map { tensor in
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
