// The symmetries of a network that do not change what it computes, removed.

import Numerics
import TargetNetworks

/// Gauge fixing of one weight vector and its gradient.
///
/// For layers l = 1 .. L-1 in order and each filter i with n elements, bias included:
/// s = sqrt(mean_k w[l,i,k]^2 + 1e-8); w[l,i,:] /= s; the next layer's kernel elements on input
/// channel i are multiplied by s. In a classifier's last layer, the mean of the biases is subtracted from each.
/// ReLU, leaky ReLU and pooling commute with positive factors, so the softmax of the logits stays the same.
///
/// Behind tanh no factor but -1 can be made up for. Filters of such layers stay as they are, unless discrete symmetries are asked
/// for: then s = -1 where the sum of a filter's elements is negative, else 1, w[l,i,:] *= s and the next layer's kernel elements
/// on channel i too. Where max pooling is between (which does not commute with -1), filters stay.
///
/// With a normalization behind a layer, the scale of its kernels has no effect and is divided out with
/// nothing to compensate; (scale, shift) of a channel take the filter's place: divided by
/// sqrt((scale^2 + shift^2) / 2 + 1e-8), the next layer compensating. Where a shortcut begins or ends
/// behind a layer, nobody could compensate: there, filters or (scale, shift) stay as they are.
public struct GaugeFixing: Sendable {
  package static let epsilon: Float = 1e-8

  /// Elements of a filter that have an s.
  package struct Unit: Sendable {
    package enum Kind: Sendable {
      /// Divided by their root mean square; the next layer is multiplied by it or not.
      case divided(isCompensated: Bool)
      /// Divided by their sum's sign, by which the next layer is multiplied.
      case sign
      /// Their root mean square is noted.
      case measured
    }

    /// Within the filter.
    package let range: Range<Int>
    /// Where the block's s of this unit begin.
    package let slot: Int
    package let kind: Kind

    /// Whether the next layer is multiplied by s.
    var isCompensated: Bool {
      switch kind {
      case .divided(let isCompensated): isCompensated
      case .sign: true
      case .measured: false
      }
    }
  }

  private let blocks: [TargetArchitecture.Block]
  /// In the order in which they are applied.
  package let units: [[Unit]]
  /// Where the s begin that multiply each block's input channels.
  package let incoming: [Int?]
  /// All s of one weight vector.
  public let scaleCount: Int
  /// Whether the outputs are logits, of which only differences count.
  package let centersBias: Bool
  /// Where the root mean squares begin of filters whose order does not matter.
  package var sizeSlots: [Int?] {
    units.map { own in
      own.first { unit in
        switch unit.kind {
        case .divided(let isCompensated): isCompensated
        case .measured: true
        case .sign: false
        }
      }?.slot
    }
  }

  /// - Parameter discrete: whether signs are fixed, and what filters are ordered by is noted.
  public init(target: TargetArchitecture, discrete: Bool = false) {
    blocks = target.blocks
    centersBias = !target.loss.isRegression
    var units: [[Unit]] = []
    var incoming = [Int?](repeating: nil, count: target.blocks.count)
    var count = 0
    for block in target.blocks {
      var own: [Unit] = []
      func append(_ range: Range<Int>, _ kind: Unit.Kind) {
        let unit = Unit(range: range, slot: count, kind: kind)
        if unit.isCompensated, let consumer = block.consumer { incoming[consumer] = count }
        own.append(unit)
        count += block.filterCount
      }
      if block.isNormalized { append(0..<block.kernelCount, .divided(isCompensated: false)) }
      if block.consumer != nil {
        let range = (block.isNormalized ? block.kernelCount : 0)..<block.filterSize
        if block.commutesWithScale {
          append(range, .divided(isCompensated: true))
        } else if discrete {
          if block.commutesWithSign { append(range, .sign) }
          append(range, .measured)
        }
      }
      units.append(own)
    }
    self.units = units
    self.incoming = incoming
    scaleCount = count
  }

  /// Fixes the gauge of `weights` (D, read and overwritten); `scales` (scaleCount) is overwritten with
  /// all s. Cost: about 4 D FLOPs.
  public func apply(to weights: FloatView, scales: FloatView) {
    for (index, block) in blocks.enumerated() {
      for filter in 0..<block.filterCount {
        let w = weights.slice(block.offset + filter * block.filterSize, block.filterSize)
        if let first = incoming[index] {
          for channel in 0..<block.inputChannelCount {
            VectorMath.scale(
              w.slice(channel * block.elementsPerChannel, block.elementsPerChannel),
              by: scales[first + channel])
          }
        }
        for unit in units[index] {
          let part = w.slice(unit.range)
          let scale = Self.scale(of: part, unit.kind)
          scales[unit.slot + filter] = scale
          if case .measured = unit.kind { continue }
          VectorMath.scale(part, by: 1 / scale)
        }
      }
    }
    if centersBias { subtractMeanBias(of: weights) }
  }

  private static func scale(of part: FloatView, _ kind: Unit.Kind) -> Float {
    guard case .sign = kind else {
      let meanSquare = VectorMath.sumOfSquares(part) / Float(part.count)
      return (meanSquare + epsilon).squareRoot()
    }
    var sum: Float = 0
    for index in 0..<part.count { sum += part[index] }
    return sum < 0 ? -1 : 1
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
  /// dL/du = dL/dv * s', dL/ds' = sum dL/dv * v / s'. A sign is a constant.
  public func backward(
    _ gradient: FloatView, weights: FloatView, scales: FloatView, scaleGradients: FloatView
  ) {
    scaleGradients.fill(0)
    if centersBias { subtractMeanBias(of: gradient) }
    for (index, block) in blocks.enumerated().reversed() {
      for filter in 0..<block.filterCount {
        let offset = block.offset + filter * block.filterSize
        let g = gradient.slice(offset, block.filterSize)
        let w = weights.slice(offset, block.filterSize)
        // What the kernel must be multiplied by to give v, the weights before this layer's division.
        var kernelScale: Float = 1
        for unit in units[index] {
          if case .measured = unit.kind { continue }
          let slot = unit.slot + filter
          let scale = scales[slot]
          if unit.range.lowerBound == 0 { kernelScale = scale }
          let (part, fixed) = (g.slice(unit.range), w.slice(unit.range))
          if case .sign = unit.kind {
            VectorMath.scale(part, by: scale)
            continue
          }
          let pull =
            ((unit.isCompensated ? scaleGradients[slot] : 0) - VectorMath.dot(part, fixed) / scale)
            / Float(part.count)
          VectorMath.scale(part, by: 1 / scale)
          VectorMath.add(fixed, times: pull, to: part)
        }
        guard let first = incoming[index] else { continue }
        for channel in 0..<block.inputChannelCount {
          let place = channel * block.elementsPerChannel
          let channelGradient = g.slice(place, block.elementsPerChannel)
          let previous = scales[first + channel]
          scaleGradients[first + channel] +=
            VectorMath.dot(channelGradient, w.slice(place, block.elementsPerChannel))
            * kernelScale / previous
          VectorMath.scale(channelGradient, by: previous)
        }
      }
    }
  }

  /// b -= mean(b) in the last layer; the same map takes the gradient back.
  private func subtractMeanBias(of values: FloatView) {
    let block = blocks[blocks.count - 1]
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
