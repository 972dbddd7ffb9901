// Stochastic gradient descent.

import Host
import Numerics

/// Heavy ball with L2 decay, as PyTorch's `SGD(momentum, weight_decay)` without dampening:
///
///     g' = g + weightDecay * p,   v = momentum * v + g',   p -= rate * v
///
/// v begins at 0. Every element is independent, so any split over threads gives the same bits.
public final class MomentumSGD {
  public let momentum: Float
  public let weightDecay: Float
  private let velocities: AlignedBuffer<Float>
  private let pool: WorkerPool

  /// v, in the parameters' layout.
  public var velocity: FloatView { velocities.view }

  public init(count: Int, pool: WorkerPool, momentum: Float, weightDecay: Float) {
    precondition(
      momentum >= 0 && momentum < 1 && weightDecay >= 0,
      "MomentumSGD: momentum \(momentum), weight decay \(weightDecay)")
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.pool = pool
    velocities = AlignedBuffer(count: count)
  }

  /// One update of `parameters` (read and overwritten) by `gradient` (read). Cost: 6 FLOPs and 20 bytes a parameter.
  public func update(_ parameters: FloatView, gradient: FloatView, rate: Float) {
    precondition(
      parameters.count == velocities.count && gradient.count == parameters.count,
      "MomentumSGD: \(parameters.count) parameters, \(gradient.count) gradients")
    pool.forEach(
      (parameters.count + MomentumPiece.size - 1) / MomentumPiece.size,
      MomentumPiece(
        momentum: momentum, weightDecay: weightDecay, rate: rate, parameters: parameters,
        gradient: gradient, velocity: velocity))
  }
}

/// The update of a run of parameters.
private struct MomentumPiece: LoopBody {
  static let size = 16_384

  let momentum: Float
  let weightDecay: Float
  let rate: Float
  let parameters: FloatView
  let gradient: FloatView
  let velocity: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let range = index * Self.size..<min(parameters.count, (index + 1) * Self.size)
    let (p, g, v) = (parameters.slice(range), gradient.slice(range), velocity.slice(range))
    var index = 0
    while index + 16 <= p.count {
      let weights = p.vector16(at: index)
      let next = momentum * v.vector16(at: index) + (g.vector16(at: index) + weightDecay * weights)
      v.setVector16(next, at: index)
      p.setVector16(weights - rate * next, at: index)
      index += 16
    }
    while index < p.count {
      v[index] = momentum * v[index] + (g[index] + weightDecay * p[index])
      p[index] -= rate * v[index]
      index += 1
    }
  }
}
