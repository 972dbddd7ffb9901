// How alike generated networks are, with symmetries taken out.

import Evaluation
import Hypernetworks
import Numerics

/// For all pairs of networks: the fraction of images that they put into the same class; the cosine of their weight
/// vectors (after gauge fixing); and that cosine after the second network's filters have been put into the order
/// in which they are most like the first's.
public enum SimilarityAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "similarity"
    case networkA = "network_a"
    case networkB = "network_b"
    case predictionAgreement = "prediction_agreement"
    case weightCosine = "weight_cosine"
    case matchedCosine = "matched_cosine"
  }

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let size = evaluator.target.weightCount
    let count = request.samples
    let networks = request.networks(count)
    let weights = try evaluator.generateAll(networks)
    let run = try evaluator.run(
      networks, on: request.images, keeps: .classes,
      statistics: evaluator.knownStatistics(of: networks)
    ) { network, _, theta in
      theta.copy(from: weights.view.slice(network * size, size))
    }
    let classes = SharedBuffer<ClassLabel>(count: count * run.imageCount)
    try evaluator.gather(run.classes!.view, count: count, into: classes.view)

    let pairs = (0..<count).flatMap { a in (a + 1..<count).map { (a, $0) } }
    let own = evaluator.ownNetworks(pairs.count)
    let figures = SharedBuffer<Double>(count: own.count * 3)
    let matching = FilterMatching(target: evaluator.target)
    let imageCount = run.imageCount
    evaluator.pool.forEach(own.count) { index, _ in
      let (a, b) = pairs[own.lowerBound + index]
      let same = (0..<imageCount).count {
        classes.view[a * imageCount + $0] == classes.view[b * imageCount + $0]
      }
      let x = weights.view.slice(a * size, size)
      let y = weights.view.slice(b * size, size)
      let matched = SharedBuffer<Float>(count: size)
      matched.view.copy(from: y)
      matching.match(matched.view, to: x)
      figures.view[index * 3] = Double(same) / Double(imageCount)
      figures.view[index * 3 + 1] = InnerProduct.cosine(x, y)
      figures.view[index * 3 + 2] = InnerProduct.cosine(x, matched.view)
    }
    let all = SharedBuffer<Double>(count: pairs.count * 3)
    try evaluator.gather(figures.view, count: pairs.count, into: all.view)
    var table = NumberTable(Column.self)
    func add(_ a: Int, _ b: Int, _ figures: [Double]) {
      table.add([
        .networkA: Double(a), .networkB: Double(b), .predictionAgreement: figures[0],
        .weightCosine: figures[1], .matchedCosine: figures[2],
      ])
    }
    for a in 0..<count {
      for b in 0..<count {
        if a == b {
          add(a, b, [1, 1, 1])
        } else {
          // Pairs before those of min(a, b), in order.
          let (low, high) = (min(a, b), max(a, b))
          let pair = low * (2 * count - low - 1) / 2 + high - low - 1
          add(a, b, all.view.slice(pair * 3, 3).array)
        }
      }
    }
    let means = (0..<3).map { figure in
      Statistics.mean((0..<pairs.count).map { all.view[$0 * 3 + figure] })
    }
    return AnalysisResult(
      .similarity, tables: [table],
      summary: [
        "two networks agree on \(percent(means[0])) of the images (mean of \(pairs.count) pairs)",
        "cosine of their weights \(hundredths(means[1])), after matching filters "
          + hundredths(means[2]),
      ], facts: [.networks: count])
  }
}
