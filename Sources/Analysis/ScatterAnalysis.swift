// Where generated networks lie in weight space, seen along their principal components.

import Evaluation
import Kernels
import Numerics

/// Principal components of generated weight vectors, layer by layer and all weights together, from the Gram
/// matrix of the centred vectors: scores of component c are sqrt(eigenvalue_c) * eigenvector_c.
enum ScatterAnalysis {
  static let componentCount = 4

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    evaluator.progress = request.progress
    let networks = request.networks(request.samples)
    let own = evaluator.generateOwn(networks)
    let first = evaluator.ownNetworks(request.samples).lowerBound
    let size = evaluator.parameters.layout.weightCount
    let run = try evaluator.run(
      request.samples, on: request.images, limit: request.imageLimit
    ) { network, _, weights in
      weights.copy(from: own.view.slice((network - first) * size, size))
    }
    let grams = try GramMatrices(of: own, request.samples, evaluator)
    let components = min(componentCount, request.samples - 1)
    let names = (1...components).map { "pc\($0)" }
    var table = NumberTable("scatter", ["layer", "network", "accuracy"] + names)
    var shares = NumberTable("scatter-variance", ["layer", "component", "variance", "fraction"])
    var summary: [String] = []
    let blocks = evaluator.parameters.layout.target.blocks
    // Layer 0 is all weights together.
    for layer in 0...blocks.count {
      let matrix = grams.centred(layer: layer)
      let trace = (0..<request.samples).reduce(0) { $0 + matrix.view[$1 * (request.samples + 1)] }
      let (values, vectors) = try SymmetricEigen.largest(
        components, of: matrix.view, size: request.samples)
      for (index, value) in values.enumerated() {
        shares.add([
          Double(layer), Double(index + 1), max(0, value) / Double(request.samples), value / trace,
        ])
      }
      for network in 0..<request.samples {
        let scores = (0..<components).map { max(0, values[$0]).squareRoot() * vectors[$0][network] }
        table.add([Double(layer), Double(network), run.accuracies[network]] + scores)
      }
      summary.append(
        (layer == 0 ? "all weights" : blocks[layer - 1].name) + ": components hold "
          + values.map { percent($0 / trace) }.joined(separator: ", ") + " of the variance")
    }
    return AnalysisResult(
      .scatter, tables: [table, shares], summary: summary,
      facts: ["layers": Double(blocks.count), "components": Double(components)])
  }
}

/// Inner products of all pairs of networks' weights, in double precision, for each layer.
private struct GramMatrices {
  private let count: Int
  /// (layers, networks, networks), on every rank.
  private let products: SharedBuffer<Double>

  /// Every rank multiplies its networks with those of one rank after the other. Collective. Memory: two ranks'
  /// networks, and 8 * layers * networks^2 bytes.
  init(of own: SharedBuffer<Float>, _ count: Int, _ evaluator: EnsembleEvaluator) throws {
    self.count = count
    let layout = evaluator.parameters.layout
    let size = layout.weightCount
    let blocks = layout.target.blocks.map(\.range)
    let ownCount = evaluator.ownNetworks(count).count
    let rows = SharedBuffer<Double>(count: ownCount * blocks.count * count)
    for rank in 0..<evaluator.communicator.size {
      let others = evaluator.networks(of: rank, count)
      let received =
        rank == evaluator.communicator.rank
        ? own : SharedBuffer<Float>(count: others.count * size)
      try evaluator.communicator.broadcast(received.view, from: rank)
      evaluator.pool.forEach(ownCount) { row, _ in
        for (layer, range) in blocks.enumerated() {
          let x = own.view.slice(row * size + range.lowerBound, range.count)
          for other in 0..<others.count {
            let y = received.view.slice(other * size + range.lowerBound, range.count)
            rows.view[(row * blocks.count + layer) * count + others.lowerBound + other] =
              doubleDot(x, y)
          }
        }
      }
    }
    let all = SharedBuffer<Double>(count: count * blocks.count * count)
    try evaluator.gather(rows.view, count: count, into: all.view)
    products = SharedBuffer(count: all.view.count)
    for network in 0..<count {
      for layer in blocks.indices {
        products.view.slice((layer * count + network) * count, count)
          .copy(from: all.view.slice((network * blocks.count + layer) * count, count))
      }
    }
    layerCount = blocks.count
  }

  private let layerCount: Int

  /// Of the vectors minus their mean; layer 0: of all layers together.
  func centred(layer: Int) -> SharedBuffer<Double> {
    let matrix = SharedBuffer<Double>(count: count * count)
    for index in layer == 0 ? 0..<layerCount : layer - 1..<layer {
      let part = products.view.slice(index * count * count, count * count)
      for element in 0..<part.count { matrix.view[element] += part[element] }
    }
    var means = [Double](repeating: 0, count: count)
    for row in 0..<count {
      means[row] = Statistics.mean(matrix.view.slice(row * count, count).array)
    }
    let total = Statistics.mean(means)
    for row in 0..<count {
      for column in 0..<count {
        matrix.view[row * count + column] += total - means[row] - means[column]
      }
    }
    return matrix
  }
}

/// sum_i a_i b_i in double precision, in a fixed order.
func doubleDot(_ a: FloatView, _ b: FloatView) -> Double {
  var lanes = SIMD16<Double>.zero
  var index = 0
  while index + 16 <= a.count {
    lanes += SIMD16<Double>(a.vector16(at: index)) * SIMD16<Double>(b.vector16(at: index))
    index += 16
  }
  var sum = lanes.sum()
  while index < a.count {
    sum += Double(a[index]) * Double(b[index])
    index += 1
  }
  return sum
}
