// Weights of networks as numbers of a graph.

import Numerics
import TargetNetworks

/// Networks that are there: flat weight vectors and their normalizations' statistics.
public struct NetworkWeights {
  let target: TargetArchitecture
  let count: Int
  /// (networks, D) and (networks, statisticCount).
  private let weights: SharedBuffer<Float>
  private let statistics: SharedBuffer<Float>

  public init(
    target: TargetArchitecture, weights: SharedBuffer<Float>, statistics: SharedBuffer<Float>
  ) {
    count = weights.view.count / target.weightCount
    precondition(
      weights.view.count == count * target.weightCount
        && statistics.view.count == count * target.statisticCount,
      "NetworkWeights: \(weights.view.count) weights and \(statistics.view.count) statistics")
    (self.target, self.weights, self.statistics) = (target, weights, statistics)
  }

  /// A block's tensors of all networks, as ``TargetGraph/tensors`` has them.
  func tensors(_ block: TargetArchitecture.Block, in builder: GraphBuilder) -> TargetTensors {
    let starts = [0] + (block.kernelCount...block.filterSize)
    let isConnected = block.kernelShape.count == 1
    let values = zip(
      zip(TargetTensors.names(of: block), TargetTensors.shapes(of: block)),
      zip(starts, starts.dropFirst())
    ).map { tensor, elements in
      let (name, shape) = tensor
      let stacked =
        isConnected
        ? (count > 1 ? [count] : []) + shape : [count * shape[0]] + shape.dropFirst()
      let numbers = gather(block, elements.0..<elements.1)
      return withExtendedLifetime(numbers) {
        builder.constant(name, shape: stacked, numbers.view)
      }
    }
    return TargetTensors(block, values)
  }

  /// Means and variances of a normalized block, of all networks.
  func moments(_ block: TargetArchitecture.Block, in builder: GraphBuilder) -> TargetGraph.Moments {
    func constant(_ name: String, from offset: Int) -> String {
      let numbers = SharedBuffer<Float>(count: count * block.filterCount)
      for network in 0..<count {
        numbers.view.slice(network * block.filterCount, block.filterCount).copy(
          from: statistics.view.slice(
            network * target.statisticCount + offset, block.filterCount))
      }
      return withExtendedLifetime(numbers) {
        builder.constant(
          "weights.\(block.name).\(name)", shape: [count * block.filterCount], numbers.view)
      }
    }
    return TargetGraph.Moments(
      mean: constant("mean", from: block.statisticOffset),
      variance: constant("variance", from: block.statisticOffset + block.filterCount))
  }

  /// Some elements of each filter of each network.
  private func gather(_ block: TargetArchitecture.Block, _ elements: Range<Int>) -> SharedBuffer<
    Float
  > {
    let numbers = SharedBuffer<Float>(count: count * block.filterCount * elements.count)
    for network in 0..<count {
      for filter in 0..<block.filterCount {
        let place = network * block.filterCount + filter
        let start =
          network * target.weightCount + block.offset + filter * block.filterSize
          + elements.lowerBound
        numbers.view.slice(place * elements.count, elements.count).copy(
          from: weights.view.slice(start, elements.count))
      }
    }
    return numbers
  }
}
