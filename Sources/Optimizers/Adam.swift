// Adam.

import Glibc
import Host
import Numerics

/// Adam (Kingma and Ba, ICLR 2015): m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2,
/// p -= rate * ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + decay * p).
///
/// The decay is apart from the gradient (Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019).
/// Every element is independent, so any split over threads gives the same bits.
public final class Adam {
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  private let firstMoments: AlignedBuffer<Float>
  private let secondMoments: AlignedBuffer<Float>
  private let pool: WorkerPool
  /// Runs of parameters with one factor on their rate.
  private let pieces: [RateFactor]

  /// m and v, in the parameters' layout.
  public var firstMoment: FloatView { firstMoments.view }
  public var secondMoment: FloatView { secondMoments.view }

  /// `factors` on the rate of some of the parameters, in their order; the others take the rate as it is.
  public init(
    count: Int, pool: WorkerPool, factors: [RateFactor] = [], beta1: Float = 0.9,
    beta2: Float = 0.999, epsilon: Float = 1e-8
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.pool = pool
    firstMoments = AlignedBuffer(count: count)
    secondMoments = AlignedBuffer(count: count)
    pieces = UpdatePiece.all(of: count, factors: factors)
  }

  /// One update of `parameters` (read and overwritten) by `gradient` (read), the `step`-th, from 1 on.
  /// Cost: about 12 FLOPs and 28 bytes a parameter.
  public func update(_ parameters: FloatView, gradient: FloatView, rate: Float, step: Int) {
    precondition(
      parameters.count == firstMoments.count && gradient.count == parameters.count && step > 0,
      "Adam: \(parameters.count) parameters, \(gradient.count) gradients, step \(step)")
    let piece = UpdatePiece(
      beta1: beta1, beta2: beta2, epsilon: epsilon, decayRate: rate,
      rate: Float(Double(rate) / (1 - pow(Double(beta1), Double(step)))),
      correction: Float(1 / (1 - pow(Double(beta2), Double(step))).squareRoot()),
      pieces: pieces, parameters: parameters, gradient: gradient, firstMoment: firstMoment,
      secondMoment: secondMoment)
    pool.forEach(pieces.count, piece)
  }
}

/// The update of a run of parameters.
private struct UpdatePiece: LoopBody {
  private static let size = 16_384

  /// Pieces of at most 16,384 of `count` parameters.
  static func all(of count: Int, factors: [RateFactor]) -> [RateFactor] {
    var end = 0
    let runs =
      factors.flatMap { factor in
        defer { end = factor.range.upperBound }
        precondition(
          factor.range.lowerBound >= end && factor.range.upperBound <= count,
          "Adam: factor of \(factor.range) behind \(end) of \(count) parameters")
        return [RateFactor(range: end..<factor.range.lowerBound, factor: 1), factor]
      } + [RateFactor(range: end..<count, factor: 1)]
    return runs.flatMap { run in
      stride(from: run.range.lowerBound, to: run.range.upperBound, by: size).map {
        RateFactor(
          range: $0..<min(run.range.upperBound, $0 + size), factor: run.factor, decay: run.decay)
      }
    }
  }

  let beta1: Float
  let beta2: Float
  let epsilon: Float
  let decayRate: Float
  /// The rate by 1 - b1^t, and 1 by the root of 1 - b2^t.
  let rate: Float
  let correction: Float
  let pieces: [RateFactor]
  let parameters: FloatView
  let gradient: FloatView
  let firstMoment: FloatView
  let secondMoment: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let range = pieces[index].range
    let rate = rate * pieces[index].factor
    let kept = 1 - decayRate * pieces[index].factor * pieces[index].decay
    let (p, g) = (parameters.slice(range), gradient.slice(range))
    let (m, v) = (firstMoment.slice(range), secondMoment.slice(range))
    var index = 0
    while index + 16 <= p.count {
      let gradient = g.vector16(at: index)
      let first = beta1 * m.vector16(at: index) + (1 - beta1) * gradient
      let second = beta2 * v.vector16(at: index) + (1 - beta2) * (gradient * gradient)
      m.setVector16(first, at: index)
      v.setVector16(second, at: index)
      let change = rate * first / (VectorMath.squareRoot(second) * correction + epsilon)
      p.setVector16(kept * p.vector16(at: index) - change, at: index)
      index += 16
    }
    while index < p.count {
      m[index] = beta1 * m[index] + (1 - beta1) * g[index]
      v[index] = beta2 * v[index] + (1 - beta2) * (g[index] * g[index])
      p[index] = kept * p[index] - rate * m[index] / (v[index].squareRoot() * correction + epsilon)
      index += 1
    }
  }
}
