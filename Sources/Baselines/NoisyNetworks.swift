// Networks with noise on their weights.

import Hypernetworks
import Numerics
import TargetNetworks

/// theta = theta* + s r n: theta* a network after gauge fixing, r the root mean square of the weight's kernel, or the size of a bias, scale or
/// shift itself, whose units are others, n standard normal. Network k has theta* of network k modulo their number.
public final class NoisyNetworks: DrawnNetworks {
  let count: Int
  private let seed: UInt64
  private let target: TargetArchitecture
  private let gauge: GaugedWeights
  private let base: [SharedBuffer<Float>]
  private let size = SharedBuffer<Float>(count: 1)

  init(
    _ base: [SharedBuffer<Float>], count: Int, seed: UInt64, noise: Float, gauge: GaugedWeights,
    target: TargetArchitecture
  ) {
    self.base = base
    self.count = count
    self.seed = seed
    self.gauge = gauge
    self.target = target
    size.view[0] = noise
  }

  /// s.
  public var noise: Float {
    get { size.view[0] }
    set { size.view[0] = newValue }
  }

  func fill(_ weights: FloatView, network: Int, thread: Int) {
    weights.copy(from: base[network % base.count].view)
    gauge.fix(weights, thread: thread)
    let random = CounterRandom(seed: seed, purpose: .memberDraws, major: network)
    for block in target.blocks {
      let kernelCount = block.kernelShape.reduce(1, *)
      for filter in 0..<block.filterCount {
        let start = block.offset + filter * block.filterSize
        let own = weights.slice(start, block.filterSize)
        let squares = VectorMath.sumOfSquares(own.slice(0, kernelCount))
        let kernelSize = (squares / Float(kernelCount)).squareRoot()
        for index in 0..<own.count {
          let size = index < kernelCount ? kernelSize : abs(own[index])
          own[index] += noise * size * random.normal(start + index)
        }
      }
    }
  }
}
