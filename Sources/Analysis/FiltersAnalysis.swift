// Pictures of what the first layer looks for.

import Evaluation
import Numerics

/// The first layer's filters of several networks. A fully connected first layer's units are pictures of the
/// whole image.
enum FiltersAnalysis {
  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let layout = evaluator.parameters.layout
    let block = layout.target.blocks[0]
    let input = layout.target.input
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
    var table = NumberTable(
      "filters", ["network", "filter", "channel", "row", "column", "weight"])
    for network in 0..<request.samples {
      for filter in 0..<block.filterCount {
        let start = network * size + filter * block.filterSize
        for element in 0..<block.kernelCount {
          let (row, column) = (element / shape[2] % shape[1], element % shape[2])
          table.add([
            Double(network), Double(filter), Double(element / (shape[1] * shape[2])), Double(row),
            Double(column), Double(all[start + element]),
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
        "filters": Double(block.filterCount), "networks": Double(request.samples),
        "channels": Double(shape[0]), "rows": Double(shape[1]), "columns": Double(shape[2]),
      ])
  }
}
