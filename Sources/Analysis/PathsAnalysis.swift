// Accuracy, or the error, on the way from one generated network to another.

import Evaluation
import Numerics

/// For pairs of latents z1, z2 with networks G(z1), G(z2): the direct path (1-t) G(z1) + t G(z2) and the
/// interpolated path G((1-t) z1 + t z2), t = 0, 1/39 ... 1. Pair p has the latents 2p and 2p + 1. Networks of a file, which no
/// latent can be mapped to, have direct paths only.
public enum PathsAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "paths"
    case pair, t
    case directAccuracy = "direct_accuracy"
    case interpolatedAccuracy = "interpolated_accuracy"
    case directRMSE = "direct_rmse"
    case interpolatedRMSE = "interpolated_rmse"
  }

  /// Mean, least and most of the accuracies, or of the errors, over the pairs.
  public enum MeanColumn: String, TableColumn {
    public static let table = "paths-mean"
    case t
    case directMean = "direct_mean"
    case directMin = "direct_min"
    case directMax = "direct_max"
    case interpolatedMean = "interpolated_mean"
    case interpolatedMin = "interpolated_min"
    case interpolatedMax = "interpolated_max"
  }

  /// The paper's number of points on a path.
  static let pointCount = 40

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let (size, latentSize) = (evaluator.target.weightCount, evaluator.networks.latentSize ?? 0)
    let isMapped = evaluator.networks.mapsLatents
    let ends = request.networks(2 * request.samples)
    let scratch = (0..<evaluator.pool.threadCount).map { _ in
      SharedBuffer<Float>(count: max(size, 2 * latentSize))
    }
    /// Network n is point n % 40 of path n / 40; paths 0 ... pairs - 1 are direct.
    let count = pathCount(evaluator, request.samples) * pointCount
    let scores = try evaluator.networkScores(request.networks(count), on: request.images) {
      index, thread, weights in
      let pair = index / pointCount % request.samples
      let t = Float(index % pointCount) / Float(pointCount - 1)
      if index / pointCount < request.samples {
        let end = scratch[thread].view.slice(0, size)
        evaluator.generate(2 * pair, ends, thread: thread, into: weights)
        evaluator.generate(2 * pair + 1, ends, thread: thread, into: end)
        interpolate(weights, end, t)
      } else {
        let z = scratch[thread].view.slice(0, latentSize)
        let end = scratch[thread].view.slice(latentSize, latentSize)
        evaluator.fillLatent(z, 2 * pair, ends)
        evaluator.fillLatent(end, 2 * pair + 1, ends)
        interpolate(z, end, t)
        evaluator.generate(from: z, thread: thread, into: weights)
      }
    }
    let isRegression = evaluator.target.loss.isRegression
    let (direct, interpolated) =
      isRegression
      ? (Column.directRMSE, Column.interpolatedRMSE)
      : (.directAccuracy, .interpolatedAccuracy)
    var table = NumberTable(Column.self, [.pair, .t, direct, interpolated])
    var average = NumberTable(MeanColumn.self)
    for pair in 0..<request.samples {
      for point in 0..<pointCount {
        table.add([
          .pair: Double(pair), .t: Double(point) / Double(pointCount - 1),
          direct: scores[pair * pointCount + point],
          interpolated: isMapped
            ? scores[(request.samples + pair) * pointCount + point] : .nan,
        ])
      }
    }
    for point in 0..<pointCount {
      func along(_ first: Int) -> [Double] {
        (first..<first + request.samples).map { scores[$0 * pointCount + point] }
      }
      let direct = along(0)
      let interpolated = isMapped ? along(request.samples) : [.nan]
      average.add([
        .t: Double(point) / Double(pointCount - 1),
        .directMean: Statistics.mean(direct), .directMin: direct.min()!,
        .directMax: direct.max()!, .interpolatedMean: Statistics.mean(interpolated),
        .interpolatedMin: interpolated.min()!, .interpolatedMax: interpolated.max()!,
      ])
    }
    let worst = [MeanColumn.directMean, .interpolatedMean].map {
      isRegression ? figures(average[$0].max()!) : percent(average[$0].min()!)
    }
    return AnalysisResult(
      .paths, tables: [table, average],
      summary: [
        "\(isRegression ? "largest mean RMSE" : "lowest mean accuracy") on the way: \(worst[0]) on direct paths"
          + (isMapped ? ", \(worst[1]) on interpolated ones" : "")
          + " (\(request.samples) pairs)"
      ])
  }

  /// Direct paths, and interpolated ones where latents can be mapped to networks.
  static func pathCount(_ evaluator: EnsembleEvaluator, _ pairs: Int) -> Int {
    evaluator.networks.mapsLatents ? 2 * pairs : pairs
  }

  /// a = (1 - t) a + t b.
  private static func interpolate(_ a: FloatView, _ b: FloatView, _ t: Float) {
    for index in 0..<a.count { a[index] = (1 - t) * a[index] + t * b[index] }
  }
}
