// Generated networks as tensors of a file, gathered from flat weight vectors while they are written.

import Numerics

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

  /// Overwrites this rank's samples' part of what a tensor holds with `rows`, one behind the other.
  func scatter(_ rows: FloatView, to tensor: Tensor) {
    let width = tensor.rowCount
    for sample in 0..<ownCount {
      let row = rows.slice(sample * width, width)
      switch tensor.source {
      case .latents: latents.slice(sample * latentSize, latentSize).copy(from: row)
      case .statistics(let range):
        statistics.slice(sample * statisticCount + range.lowerBound, range.count).copy(from: row)
      case .filters(let block, let elements):
        for filter in 0..<block.filterCount {
          let start = sample * weightCount + block.offset + filter * block.filterSize
          weights.slice(start + elements.lowerBound, elements.count)
            .copy(from: row.slice(filter * elements.count, elements.count))
        }
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
