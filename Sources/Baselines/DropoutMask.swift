// Dropout as a change of weights.

import Numerics
import TargetNetworks

/// Dropout (Srivastava et al. 2014) in front of the hidden fully connected layers, one mask for all images of a network: an input of such a
/// layer that is dropped has the weight 0 in all filters, the others' weights are divided by 1 - p. A network with a mask so is an
/// ordinary weight vector.
public struct DropoutMask: Sendable {
  private let blocks: [TargetArchitecture.Block]
  private let probability: Float

  public init(target: TargetArchitecture, probability: Float) {
    blocks = target.hiddenFullyConnected
    self.probability = probability
  }

  /// Multiplies `values` (D: weights, or a gradient with respect to masked weights) by the mask that is a function of `random`.
  public func apply(_ random: CounterRandom, to values: FloatView) {
    var drawn = 0
    for block in blocks {
      for input in 0..<block.kernelCount {
        let factor = random.uniform(drawn + input) < probability ? 0 : 1 / (1 - probability)
        for filter in 0..<block.filterCount {
          values[block.offset + filter * block.filterSize + input] *= factor
        }
      }
      drawn += block.kernelCount
    }
  }
}
