// Pictures of what the first layer looks for.

import Evaluation
import Numerics

/// The first layer's filters of several networks. A fully connected first layer's units are pictures of the
/// whole image.
public enum FiltersAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "filters"
    case network, filter, channel, row, column, weight
  }

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let block = evaluator.target.blocks[0]
    let input = evaluator.target.input
    let shape =
      block.kernelShape.count == 3
      ? block.kernelShape : [input.channels, input.height, input.width]
    let networks = request.networks(request.samples)
    let size = block.count
    let first = SharedBuffer<Float>(count: evaluator.ownNetworks(request.samples).count * size)
    evaluator.forEachOwn(networks) { index, _, weights in
      first.view.slice(index * size, size).copy(from: weights.slice(block.range))
    }
    let all = AlignedBuffer<Float>(count: request.samples * size)
    try evaluator.gather(first.view, count: request.samples, into: all.view)
    guard (0..<all.count).allSatisfy({ all[$0].isFinite }) else {
      throw EvaluationError.weightsNotFinite
    }
    var table = NumberTable(Column.self)
    for network in 0..<request.samples {
      for filter in 0..<block.filterCount {
        let start = network * size + filter * block.filterSize
        for element in 0..<block.kernelCount {
          let (row, column) = (element / shape[2] % shape[1], element % shape[2])
          table.add([
            .network: Double(network), .filter: Double(filter),
            .channel: Double(element / (shape[1] * shape[2])), .row: Double(row),
            .column: Double(column), .weight: Double(all[start + element]),
          ])
        }
      }
    }
    return AnalysisResult(
      .filters, tables: [table],
      summary: [
        "\(block.filterCount) filters of \(shape.map(String.init).joined(separator: "x")), of "
          + "\(request.samples) networks"
      ],
      facts: [
        .filters: block.filterCount, .networks: request.samples, .channels: shape[0],
        .rows: shape[1], .columns: shape[2],
      ])
  }
}
