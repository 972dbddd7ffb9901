// Adam.

import Glibc
import Host
import Numerics

/// Adam (Kingma and Ba, ICLR 2015): m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2,
/// p -= rate * ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + decay * p).
///
/// The decay is apart from the gradient (Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019).
/// Every element is independent, so any split over threads and ranks gives the same bits.
public final class Adam {
  /// The runs of parameters that it updates, in their order.
  public let ranges: [Range<Int>]
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  private let firstMoments: AlignedBuffer<Float>
  private let secondMoments: AlignedBuffer<Float>
  private let pool: WorkerPool
  private let count: Int
  private let pieces: [UpdatePiece.Run]

  /// m and v of the parameters in ``ranges``, one run behind the other: where these are all parameters, in their layout.
  public var firstMoment: FloatView { firstMoments.view }
  public var secondMoment: FloatView { secondMoments.view }

  /// - Parameters:
  ///   - count: of all parameters.
  ///   - ranges: the runs of them that are updated, in their order; nil: all.
  ///   - factors: on the rate of some of the parameters, in their order; the others take the rate as it is.
  public init(
    count: Int, ranges: [Range<Int>]? = nil, pool: WorkerPool, factors: [RateFactor] = [],
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
  ) {
    self.count = count
    self.ranges = ranges ?? [0..<count]
    let ownCount = self.ranges.reduce(0) { $0 + $1.count }
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.pool = pool
    firstMoments = AlignedBuffer(count: ownCount)
    secondMoments = AlignedBuffer(count: ownCount)
    pieces = UpdatePiece.all(of: count, self.ranges, factors: factors)
  }

  /// One update of `parameters` (all; those in ``ranges`` read and overwritten) by `gradient` (all; those read), the `step`-th, from 1 on.
  /// Cost: about 12 FLOPs and 28 bytes a parameter.
  public func update(_ parameters: FloatView, gradient: FloatView, rate: Float, step: Int) {
    precondition(
      parameters.count == count && gradient.count == count && step > 0,
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

  /// Parameters with one factor on their rate, and where their moments begin.
  struct Run {
    let parameters: RateFactor
    let moments: Int
  }

  /// Pieces of at most 16,384 of the parameters in `ranges`, of `count` in all.
  static func all(of count: Int, _ ranges: [Range<Int>], factors: [RateFactor]) -> [Run] {
    var end = 0
    let runs =
      factors.flatMap { factor in
        defer { end = factor.range.upperBound }
        precondition(
          factor.range.lowerBound >= end && factor.range.upperBound <= count,
          "Adam: factor of \(factor.range) behind \(end) of \(count) parameters")
        return [RateFactor(range: end..<factor.range.lowerBound, factor: 1), factor]
      } + [RateFactor(range: end..<count, factor: 1)]
    var moments = 0
    var pieces: [Run] = []
    for range in ranges {
      for run in runs where run.range.overlaps(range) {
        for piece in run.range.clamped(to: range).pieces(of: size) {
          pieces.append(
            Run(
              parameters: RateFactor(range: piece, factor: run.factor, decay: run.decay),
              moments: moments + piece.lowerBound - range.lowerBound))
        }
      }
      moments += range.count
    }
    return pieces
  }

  let beta1: Float
  let beta2: Float
  let epsilon: Float
  let decayRate: Float
  /// The rate by 1 - b1^t, and 1 by the root of 1 - b2^t.
  let rate: Float
  let correction: Float
  let pieces: [Run]
  let parameters: FloatView
  let gradient: FloatView
  let firstMoment: FloatView
  let secondMoment: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let run = pieces[index].parameters
    let rate = rate * run.factor
    let kept = 1 - decayRate * run.factor * run.decay
    let (p, g) = (parameters.slice(run.range), gradient.slice(run.range))
    let (m, v) = (
      firstMoment.slice(pieces[index].moments, p.count),
      secondMoment.slice(pieces[index].moments, p.count)
    )
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
