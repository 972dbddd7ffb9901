// Where generated networks lie in weight space, seen along their principal components.

import Evaluation
import Kernels

/// Principal components of generated weight vectors, layer by layer and all weights together, from the Gram
/// matrix of the centred vectors: scores of component c are sqrt(eigenvalue_c) * eigenvector_c.
public enum ScatterAnalysis {
  public enum Column: String, TableColumn {
    public static let table = "scatter"
    case layer, network, accuracy, rmse, pc1, pc2, pc3, pc4

    /// The score of component 1, 2 ...
    public static func component(_ number: Int) -> Column { [.pc1, .pc2, .pc3, .pc4][number - 1] }
  }

  public enum VarianceColumn: String, TableColumn {
    public static let table = "scatter-variance"
    case layer, component, variance, fraction
  }

  static let componentCount = 4

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let networks = request.networks(request.samples)
    let own = evaluator.generateOwn(networks)
    let first = evaluator.ownNetworks(request.samples).lowerBound
    let size = evaluator.target.weightCount
    let scores = try evaluator.networkScores(
      networks, on: request.images, statistics: evaluator.knownStatistics(of: networks)
    ) { network, _, weights in
      weights.copy(from: own.view.slice((network - first) * size, size))
    }
    let grams = try GramMatrices(of: own, request.samples, evaluator)
    let components = min(componentCount, request.samples - 1)
    let scoreColumns = (1...components).map(Column.component)
    let score = evaluator.target.loss.isRegression ? Column.rmse : .accuracy
    var table = NumberTable(Column.self, [.layer, .network, score] + scoreColumns)
    var shares = NumberTable(VarianceColumn.self)
    var summary: [String] = []
    let blocks = evaluator.target.blocks
    // Layer 0 is all weights together.
    for layer in 0...blocks.count {
      let matrix = grams.centred(layer: layer)
      let trace = (0..<request.samples).reduce(0) { $0 + matrix.view[$1 * (request.samples + 1)] }
      let (values, vectors) = try SymmetricEigen.largest(
        components, of: matrix.view, size: request.samples)
      for (index, value) in values.enumerated() {
        shares.add([
          .layer: Double(layer), .component: Double(index + 1),
          .variance: max(0, value) / Double(request.samples), .fraction: value / trace,
        ])
      }
      for network in 0..<request.samples {
        var row: [Column: Double] = [
          .layer: Double(layer), .network: Double(network), score: scores[network],
        ]
        for (component, column) in scoreColumns.enumerated() {
          row[column] = max(0, values[component]).squareRoot() * vectors[component][network]
        }
        table.add(row)
      }
      summary.append(
        (layer == 0 ? "all weights" : blocks[layer - 1].name) + ": components hold "
          + values.map { percent($0 / trace) }.joined(separator: ", ") + " of the variance")
    }
    return AnalysisResult(
      .scatter, tables: [table, shares], summary: summary,
      facts: [.layers: blocks.count, .components: components, .networks: request.samples])
  }
}
