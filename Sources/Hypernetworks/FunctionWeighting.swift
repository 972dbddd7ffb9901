// Weights weighed by what they can change of what a network computes.

import Numerics
import TargetNetworks

/// Factors of a network's weights w, functions of these weights, for distances between networks.
///
/// From the last layer to the first, with o[l,i] what is made of the output of filter i of layer l: the norm of the weighed
/// kernels of the layer that alone reads it, or 1 where there is none (logits, and channels that a shortcut carries on):
///
///     o[l,i]^2 = sum over the reader's filters j and elements k on channel i of (f[l',j] w[l',j,i,k])^2
///     g[l,i] = o[l,i], of a normalized filter times |scale[l,i]|: what its kernel, whose own size has no effect, changes
///     f[l,i] = m[l] g[l,i] / sqrt(mean over the layer's kernel elements of (g w)^2)       of a filter's kernel
///     m[l] o[l,i] / sqrt(mean over the layer's filters of (o b)^2)                        of its bias b
///
/// scale and shift are weighed as biases are, each in its own units. So a layer's weighed kernels have the root mean square
/// m, whatever its scale and that of the layers around it, a bias counts as one element of its filter, and a filter whose
/// output no other makes anything of has the factor 0. m[l] = D / (L n[l]) under l1, its square root under l2, for n[l] of D
/// weights in L layers: the layers' parts of a distance, or of its square, are comparable, and together as large as if each layer had
/// as many weights. Where all of a mean is 0, so are the factors.
public struct FunctionWeighting: Sendable {
  private let blocks: [TargetArchitecture.Block]
  /// m of each block.
  private let sizes: [Float]
  /// Where each block's factors begin: of its kernels, one a filter, then so many of each number behind a kernel.
  private let offsets: [Int]
  /// D, and how many factors they have.
  public let weightCount: Int
  public let factorCount: Int

  public init(target: TargetArchitecture, metric: DistanceMetric) {
    blocks = target.blocks
    weightCount = target.weightCount
    var (offsets, sizes, count) = ([Int](), [Float](), 0)
    for block in target.blocks {
      offsets.append(count)
      count += block.filterCount * (1 + block.filterSize - block.kernelCount)
      let size = Float(target.weightCount) / Float(target.blocks.count * block.count)
      sizes.append(metric == .l1 ? size : size.squareRoot())
    }
    (self.offsets, self.sizes, factorCount) = (offsets, sizes, count)
  }

  /// Overwrites `factors` (factorCount) with those of the network `weights` (D, read). Cost: about 4 D FLOPs.
  public func measure(_ weights: FloatView, into factors: FloatView) {
    precondition(
      factors.count == factorCount, "FunctionWeighting: \(factors.count) of \(factorCount) factors")
    for index in blocks.indices.reversed() {
      let (block, size) = (blocks[index], sizes[index])
      let kernels = self.factors(index, 0, in: factors)
      findOutgoing(index, weights, factors, into: kernels)
      for place in block.kernelCount..<block.filterSize {
        let own = self.factors(index, place - block.kernelCount + 1, in: factors)
        var sum: Float = 0
        for filter in 0..<block.filterCount {
          own[filter] = kernels[filter]
          let value = own[filter] * weights[block.offset + filter * block.filterSize + place]
          sum += value * value
        }
        normalize(own, meanSquare: sum / Float(block.filterCount), to: size)
      }
      var sum: Float = 0
      for filter in 0..<block.filterCount {
        let offset = block.offset + filter * block.filterSize
        if block.isNormalized { kernels[filter] *= abs(weights[offset + block.kernelCount]) }
        sum +=
          kernels[filter] * kernels[filter]
          * VectorMath.sumOfSquares(weights.slice(offset, block.kernelCount))
      }
      normalize(
        kernels, meanSquare: sum / Float(block.filterCount * block.kernelCount), to: size)
    }
  }

  /// Multiplies `values` (D), weights or a gradient with respect to weighed ones, by a network's factors.
  public func apply(_ factors: FloatView, to values: FloatView) {
    for (index, block) in blocks.enumerated() {
      for filter in 0..<block.filterCount {
        let offset = block.offset + filter * block.filterSize
        VectorMath.scale(
          values.slice(offset, block.kernelCount),
          by: self.factors(index, 0, in: factors)[filter])
        for place in block.kernelCount..<block.filterSize {
          values[offset + place] *=
            self.factors(index, place - block.kernelCount + 1, in: factors)[filter]
        }
      }
    }
  }

  /// A block's factors of its kernels (0), or of the `part`-th number behind them.
  private func factors(_ index: Int, _ part: Int, in factors: FloatView) -> FloatView {
    let count = blocks[index].filterCount
    return factors.slice(offsets[index] + part * count, count)
  }

  /// Overwrites `outgoing` with o of a block, whose reader's factors are known.
  private func findOutgoing(
    _ index: Int, _ weights: FloatView, _ factors: FloatView, into outgoing: FloatView
  ) {
    guard let reader = blocks[index].consumer else { return outgoing.fill(1) }
    outgoing.fill(0)
    let (block, gains) = (blocks[reader], self.factors(reader, 0, in: factors))
    for filter in 0..<block.filterCount {
      let kernel = weights.slice(block.offset + filter * block.filterSize, block.kernelCount)
      let square = gains[filter] * gains[filter]
      var place = 0
      for channel in 0..<block.inputChannelCount {
        var sum: Float = 0
        for _ in 0..<block.elementsPerChannel {
          sum += kernel[place] * kernel[place]
          place += 1
        }
        outgoing[channel] += square * sum
      }
    }
    for channel in 0..<outgoing.count { outgoing[channel] = outgoing[channel].squareRoot() }
  }

  private func normalize(_ factors: FloatView, meanSquare: Float, to size: Float) {
    VectorMath.scale(factors, by: meanSquare > 0 ? size / meanSquare.squareRoot() : 0)
  }
}
