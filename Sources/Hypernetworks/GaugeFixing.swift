// The symmetries of a ReLU network that do not change what it computes, removed.

import TargetNetworks
import TensorCore

/// Gauge fixing of one weight vector and its gradient.
///
/// For layers l = 1 .. L-1 in order and each filter i with n elements, bias included:
/// s = sqrt(mean_k w[l,i,k]^2 + 1e-8); w[l,i,:] /= s; the next layer's kernel elements on input
/// channel i are multiplied by s. In the last layer, the mean of the biases is subtracted from each.
/// ReLU and pooling commute with positive factors, so the softmax of the logits stays the same.
public struct GaugeFixing: Sendable {
  static let epsilon: Float = 1e-8

  private let blocks: [TargetArchitecture.Block]
  /// Where each block's scales begin.
  private let scaleOffsets: [Int]
  /// Scales of one weight vector: filters of all layers but the last.
  public let scaleCount: Int

  public init(target: TargetArchitecture) {
    blocks = target.blocks
    var offsets: [Int] = []
    var count = 0
    for block in blocks.dropLast() {
      offsets.append(count)
      count += block.filterCount
    }
    scaleOffsets = offsets
    scaleCount = count
  }

  /// Fixes the gauge of `weights` (D, read and overwritten); `scales` (scaleCount) is overwritten with
  /// the s of each filter. Cost: about 4 D FLOPs.
  public func apply(to weights: FloatView, scales: FloatView) {
    for (index, block) in blocks.enumerated() {
      let isLast = index == blocks.count - 1
      for filter in 0..<block.filterCount {
        let w = weights.slice(block.offset + filter * block.filterSize, block.filterSize)
        if index > 0 {
          for channel in 0..<block.inputChannelCount {
            VectorMath.scale(
              w.slice(channel * block.elementsPerChannel, block.elementsPerChannel),
              by: scales[scaleOffsets[index - 1] + channel])
          }
        }
        if !isLast {
          let meanSquare = VectorMath.sumOfSquares(w) / Float(w.count)
          let scale = (meanSquare + Self.epsilon).squareRoot()
          scales[scaleOffsets[index] + filter] = scale
          VectorMath.scale(w, by: 1 / scale)
        }
      }
      if isLast { subtractMeanBias(block, of: weights) }
    }
  }

  /// Turns dL/d(fixed weights) into dL/d(raw weights).
  ///
  /// - Parameters:
  ///   - gradient: D, read and overwritten.
  ///   - weights: D, the fixed weights.
  ///   - scales: of the forward pass.
  ///   - scaleGradients: scaleCount, scratch.
  /// Cost: about 8 D FLOPs.
  ///
  /// With w = v / s, s = sqrt(mean v^2 + 1e-8), and dL/ds of the next layer's use of s:
  /// dL/dv = dL/dw / s + w / n * (dL/ds - (dL/dw . w) / s). With v = u * s' on the channel of s':
  /// dL/du = dL/dv * s', dL/ds' = sum dL/dv * v / s'.
  public func backward(
    _ gradient: FloatView, weights: FloatView, scales: FloatView, scaleGradients: FloatView
  ) {
    scaleGradients.fill(0)
    for (index, block) in blocks.enumerated().reversed() {
      let isLast = index == blocks.count - 1
      if isLast { subtractMeanBias(block, of: gradient) }
      for filter in 0..<block.filterCount {
        let offset = block.offset + filter * block.filterSize
        let g = gradient.slice(offset, block.filterSize)
        let w = weights.slice(offset, block.filterSize)
        // What w must be multiplied by to give v, the weights before this layer's division.
        var scale: Float = 1
        if !isLast {
          let slot = scaleOffsets[index] + filter
          scale = scales[slot]
          let pull =
            (scaleGradients[slot] - VectorMath.dot(g, w) / scale) / Float(block.filterSize)
          VectorMath.scale(g, by: 1 / scale)
          VectorMath.add(w, times: pull, to: g)
        }
        guard index > 0 else { continue }
        for channel in 0..<block.inputChannelCount {
          let slot = scaleOffsets[index - 1] + channel
          let place = channel * block.elementsPerChannel
          let channelGradient = g.slice(place, block.elementsPerChannel)
          let previous = scales[slot]
          scaleGradients[slot] +=
            VectorMath.dot(channelGradient, w.slice(place, block.elementsPerChannel)) * scale
            / previous
          VectorMath.scale(channelGradient, by: previous)
        }
      }
    }
  }

  /// b -= mean(b); the same map takes the gradient back.
  private func subtractMeanBias(_ block: TargetArchitecture.Block, of values: FloatView) {
    var sum: Float = 0
    for filter in 0..<block.filterCount {
      sum += values[block.offset + filter * block.filterSize + block.kernelCount]
    }
    let mean = sum / Float(block.filterCount)
    for filter in 0..<block.filterCount {
      values[block.offset + filter * block.filterSize + block.kernelCount] -= mean
    }
  }
}
