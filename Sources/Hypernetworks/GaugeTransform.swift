// What a gauge does to weight vectors, and the way back.

import Numerics
import TargetNetworks

/// A ``Gauge`` of a target network: the one place that knows what each gauge consists of.
public struct GaugeTransform: Sendable {
  private enum Kind {
    case none
    case scale(GaugeFixing)
    case scalePermutation(GaugeFixing, PermutationGauge)
  }

  private let kind: Kind
  private let weightCount: Int

  public init(_ gauge: Gauge, target: TargetArchitecture) {
    weightCount = target.weightCount
    kind =
      switch gauge {
      case .none: .none
      case .scale: .scale(GaugeFixing(target: target))
      case .scalePermutation:
        .scalePermutation(
          GaugeFixing(target: target, discrete: true), PermutationGauge(target: target))
      }
  }

  /// The division by scales, if the gauge has it, and whether filters are sorted by these afterwards.
  package var fixing: GaugeFixing? {
    switch kind {
    case .none: nil
    case .scale(let fixing), .scalePermutation(let fixing, _): fixing
    }
  }
  package var sortsFilters: Bool { if case .scalePermutation = kind { true } else { false } }

  /// Room for what ``apply(to:_:)`` leaves of `vectorCount` weight vectors for ``backward(_:weights:_:)``.
  public func trace(vectorCount: Int, threadCount: Int) -> GaugeTrace {
    switch kind {
    case .none:
      GaugeTrace(
        vectorCount: 0, scaleCount: 0, orderCount: 0, threadCount: 0, weightCount: weightCount)
    case .scale(let fixing):
      GaugeTrace(
        vectorCount: vectorCount, scaleCount: fixing.scaleCount, orderCount: 0, threadCount: 0,
        weightCount: weightCount)
    case .scalePermutation(let fixing, let permutation):
      GaugeTrace(
        vectorCount: vectorCount, scaleCount: fixing.scaleCount,
        orderCount: permutation.orderCount, threadCount: threadCount, weightCount: weightCount)
    }
  }

  /// Fixes the gauge of `weights` (D, read and overwritten); `place` is overwritten.
  public func apply(to weights: FloatView, _ place: GaugeTrace.Place) {
    switch kind {
    case .none: break
    case .scale(let fixing): fixing.apply(to: weights, scales: place.scales)
    case .scalePermutation(let fixing, let permutation):
      fixing.apply(to: weights, scales: place.scales)
      place.scratch.copy(from: weights)
      permutation.sort(by: place.scales, into: place.order)
      permutation.apply(place.order, to: place.scratch, into: weights)
    }
  }

  /// Turns dL/d(fixed weights) into dL/d(raw weights).
  ///
  /// - Parameters:
  ///   - gradient: D, read and overwritten.
  ///   - weights: D, the fixed weights.
  ///   - place: as ``apply(to:_:)`` left it.
  public func backward(_ gradient: FloatView, weights: FloatView, _ place: GaugeTrace.Place) {
    switch kind {
    case .none: break
    case .scale(let fixing):
      fixing.backward(
        gradient, weights: weights, scales: place.scales, scaleGradients: place.scaleGradients)
    case .scalePermutation(let fixing, let permutation):
      permutation.undo(place.order, from: gradient, into: place.scratch)
      gradient.copy(from: place.scratch)
      permutation.undo(place.order, from: weights, into: place.scratch)
      fixing.backward(
        gradient, weights: place.scratch, scales: place.scales,
        scaleGradients: place.scaleGradients)
    }
  }
}
