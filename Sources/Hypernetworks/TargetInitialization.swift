// What an ordinary initialization would give a target network's weights.

import Numerics
import TargetNetworks

/// Mean and standard deviation of each weight of a target network at the start.
///
/// Kernels of a layer with ReLU behind have variance 2 / fan-in (He et al. 2015), with another activation its
/// ``TargetArchitecture/Block/activationGain``, those of the last layer
/// 2 / (fan-in + fan-out) (Glorot and Bengio 2010), and mean 0. Scales of normalizations are 1; biases and shifts 0. What a weight
/// generator yields of these varies from the start: biases with variance 1 / (3 fan-in), scales and shifts with
/// deviation 0.1. Chang, Flokas and Lipson (ICLR 2020) derive that generated weights should begin with the variance of
/// ordinary ones.
///
/// `usesSmallVariances`: kernels of all layers have variance 1 / (3 fan-in), and biases too, as PyTorch's layers begin.
struct TargetInitialization: Sendable {
  private static let normalizationDeviation: Float = 0.1

  let target: TargetArchitecture
  let usesSmallVariances: Bool

  func kernelDeviation(_ block: TargetArchitecture.Block) -> Float {
    if usesSmallVariances { return smallDeviation(block) }
    let fanIn = Float(block.kernelCount)
    let isLast = block.range.upperBound == target.weightCount
    return
      (isLast ? 2 / (fanIn + Float(block.filterCount)) : block.activationGain / fanIn).squareRoot()
  }

  init(_ layout: HypernetworkLayout) {
    target = layout.target
    usesSmallVariances = layout.architecture.initialization == .smallTarget
  }

  private func smallDeviation(_ block: TargetArchitecture.Block) -> Float {
    (1 / (3 * Float(block.kernelCount))).squareRoot()
  }

  /// Overwrites `weights` (D) with an ordinary network's.
  func fill(_ weights: FloatView, random: CounterRandom) {
    random.fillNormal(weights)
    forEachFilter { block, filter in
      let w = weights.slice(filter)
      VectorMath.scale(w.slice(0, block.kernelCount), by: kernelDeviation(block))
      let behind = w.slice(block.kernelCount..<block.filterSize)
      VectorMath.scale(
        behind, by: usesSmallVariances && !block.isNormalized ? smallDeviation(block) : 0)
    }
    addMeans(to: weights)
  }

  /// Adds to `weights` (D) their means: 1 to scales.
  func addMeans(to weights: FloatView) {
    forEachFilter { block, filter in
      if block.isNormalized { weights[filter.lowerBound + block.kernelCount] += 1 }
    }
  }

  /// Overwrites `deviations` (D) with those of what weight generators yield.
  func fillDeviations(_ deviations: FloatView) {
    forEachFilter { block, filter in
      let own = deviations.slice(filter)
      own.fill(kernelDeviation(block))
      own.slice(block.kernelCount..<block.filterSize).fill(
        block.isNormalized
          ? Self.normalizationDeviation : smallDeviation(block))
    }
  }

  private func forEachFilter(_ body: (TargetArchitecture.Block, Range<Int>) -> Void) {
    for block in target.blocks {
      for filter in 0..<block.filterCount {
        let start = block.offset + filter * block.filterSize
        body(block, start..<start + block.filterSize)
      }
    }
  }
}
