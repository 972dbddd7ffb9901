// Inner products between all generated networks, layer by layer.

import Evaluation
import Hypernetworks
import Numerics

/// Inner products of all pairs of networks' weights, in double precision, for each layer.
struct GramMatrices {
  private let count: Int
  private let layerCount: Int
  /// (layers, networks, networks), on every rank.
  private let products: SharedBuffer<Double>

  /// Every rank multiplies its networks with those of one rank after the other. Collective. Memory: two ranks'
  /// networks, and 8 * layers * networks^2 bytes.
  init(of own: SharedBuffer<Float>, _ count: Int, _ evaluator: EnsembleEvaluator) throws {
    self.count = count
    let size = evaluator.target.weightCount
    let blocks = evaluator.target.blocks.map(\.range)
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
              InnerProduct.inDouble(x, y)
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
