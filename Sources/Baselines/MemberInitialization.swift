// An ordinary network before its training.

import Numerics
import TargetNetworks

/// Weights of a network at step 0: kernels are normal with mean 0 and variance 2 / fan-in (He et al. 2015), or a given
/// deviation; biases have one value; scales of normalizations are 1 and shifts 0.
public struct MemberInitialization: Sendable {
  /// 0: He's.
  public let deviation: Float
  public let bias: Float

  public init(deviation: Float, bias: Float) {
    self.deviation = deviation
    self.bias = bias
  }

  /// Overwrites `weights` (D) of `target`: a function of `seed`.
  public func fill(_ weights: FloatView, target: TargetArchitecture, seed: UInt64) {
    CounterRandom(seed: seed, purpose: .memberInitialization).fillNormal(weights)
    for block in target.blocks {
      let scale =
        deviation > 0 ? deviation : (block.activationGain / Float(block.kernelCount)).squareRoot()
      for filter in 0..<block.filterCount {
        let own = weights.slice(block.offset + filter * block.filterSize, block.filterSize)
        VectorMath.scale(own.slice(0, block.kernelCount), by: scale)
        if block.isNormalized {
          own[block.kernelCount] = 1
          own[block.kernelCount + 1] = 0
        } else {
          own[block.kernelCount] = bias
        }
      }
    }
    target.clearUnused(weights)
  }
}
