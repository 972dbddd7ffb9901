// The average of a hypernetwork's parameters over the steps of its training.

import Host
import Numerics

/// The exponential average of a hypernetwork's parameters and of its normalizations' running statistics, for use in
/// their place: average = d average + (1 - d) parameters after step s, d = min(decay, 1 - 1 / s).
///
/// The running means and variances belong to the parameters they were measured with, and are averaged alike.
/// Every element is independent, so any split over threads gives the same bits. In single precision a number
/// that differs from its average by less than 6e-8 / (1 - decay) of it no longer moves it: 6e-5 at 0.999.
public final class ParameterAverage {
  public let decay: Float
  /// The averages.
  public let parameters: HypernetworkParameters
  private let source: HypernetworkParameters
  private let pool: WorkerPool
  private let parameterPieces: [Range<Int>]
  private let statisticPieces: [Range<Int>]

  /// Begins as `source` is now, and follows its parameters in `ranges` (nil: all) and its statistics from then on.
  public init(
    of source: HypernetworkParameters, ranges: [Range<Int>]? = nil, decay: Float, pool: WorkerPool
  ) {
    precondition(decay >= 0 && decay < 1, "ParameterAverage: decay \(decay)")
    parameterPieces = (ranges ?? [0..<source.values.count]).flatMap {
      $0.pieces(of: AveragePiece.size)
    }
    statisticPieces = (0..<source.statistics.count).pieces(of: AveragePiece.size)
    self.decay = decay
    self.source = source
    self.pool = pool
    parameters = HypernetworkParameters(copying: source)
  }

  /// Takes in what the parameters and statistics are after step `step`, from 1 on. Allocates nothing. Cost: 3 FLOPs and 12
  /// bytes a parameter.
  public func move(step: Int) {
    let decay = RunningAverage.decay(decay, step: step)
    move(parameters.values, towards: source.values, decay, parameterPieces)
    move(parameters.statistics, towards: source.statistics, decay, statisticPieces)
  }

  private func move(
    _ average: FloatView, towards values: FloatView, _ decay: Float, _ pieces: [Range<Int>]
  ) {
    pool.forEach(
      pieces.count, AveragePiece(decay: decay, pieces: pieces, average: average, values: values))
  }
}

/// The average of a run of numbers.
private struct AveragePiece: LoopBody {
  static let size = 16_384

  let decay: Float
  let pieces: [Range<Int>]
  let average: FloatView
  let values: FloatView

  func callAsFunction(_ index: Int, _ thread: Int) {
    let range = pieces[index]
    let (average, values) = (average.slice(range), values.slice(range))
    // Exact, so that both shares add up to 1.
    let share = 1 - decay
    for index in 0..<average.count {
      average[index] = decay * average[index] + share * values[index]
    }
  }
}
