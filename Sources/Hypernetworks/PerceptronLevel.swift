// The layers of several perceptrons that run at the same time, and their work in pieces.

import Host
import Numerics

/// The k-th layer of every perceptron that has one.
struct PerceptronLevel {
  /// Sums of all normalizations of the level together.
  let sumCount: Int
  /// The backward pass's global ones.
  let backwardSums: DoubleView
  private(set) var layers: [PerceptronLayer] = []
  /// Those whose weight gradients are summed here.
  private(set) var summed: [WeightTile.Layer] = []
  /// Sums that no row of this rank belongs to.
  private var emptySums: [DoubleView] = []
  private var forwardPreparations: [Piece] = []
  private var forwardPieces: [Piece] = []
  private var backwardPreparations: [Piece] = []
  private var backwardPieces: [Piece] = []

  /// Some rows or columns of one layer's work.
  fileprivate struct Piece {
    let layer: PerceptronLayer
    let range: Range<Int>
    /// Multiplications of its products.
    let work: Double
  }

  /// Scratch of each thread.
  struct Scratch {
    let numbers: FloatView
    let threadCount: Int

    func of(_ thread: Int) -> FloatView {
      let count = numbers.count / threadCount
      return numbers.slice(thread * count, count)
    }
  }

  init(sumCount: Int, backwardSums: DoubleView) {
    self.sumCount = sumCount
    self.backwardSums = backwardSums
  }

  /// - Parameters:
  ///   - sumsGradient: whether the layer's weight gradient is summed here.
  ///   - leafCount: leaves of this rank.
  mutating func add(
    _ layer: PerceptronLayer, sumsGradient: Bool, leafCount: Int, threadCount: Int
  ) {
    func pieces(_ ranges: [Range<Int>]) -> [Piece] {
      let whole = Double(layer.input.rows) * Double(layer.inputWidth) * Double(layer.width)
      let parts = Double(ranges.reduce(0) { $0 + $1.count })
      return ranges.map {
        Piece(layer: layer, range: $0, work: whole * Double($0.count) / parts)
      }
    }
    /// The largest first, so that no thread begins one when the others are done.
    func merge(_ added: [Range<Int>], into list: inout [Piece]) {
      list = (list + pieces(added)).enumerated().sorted {
        ($0.element.work, $1.offset) > ($1.element.work, $0.offset)
      }.map(\.element)
    }
    layers.append(layer)
    if let normalization = layer.normalization {
      emptySums += layer.leaves.emptyLeaves(of: leafCount).map(normalization.sums)
    }
    // A rank without samples only takes part in the normalizations' sums.
    if layer.input.rows == 0 { return }
    if sumsGradient {
      summed.append(
        WeightTile.Layer(
          factors: layer.gradientFactors,
          cleared: layer.normalization.map { [$0.scaleRange, $0.shiftRange] } ?? []))
    }
    forwardPreparations += pieces(layer.preparations(panelsOf: layer.width))
    merge(layer.pieces(panelsOf: layer.width, threadCount: threadCount), into: &forwardPieces)
    backwardPreparations += pieces(layer.preparations(panelsOf: layer.inputWidth))
    merge(layer.pieces(panelsOf: layer.inputWidth, threadCount: threadCount), into: &backwardPieces)
  }

  /// To be called when the layers have left their sums, and before those are added up.
  func clearEmptySums() {
    for sums in emptySums { sums.fill(0) }
  }

  /// Overwrites the outputs and this rank's sums for their normalizations.
  func forward(_ scratch: Scratch, pool: WorkerPool) {
    run(forwardPreparations, .prepareForward, scratch, pool)
    run(forwardPieces, .forward, scratch, pool)
  }

  /// Turns the gradients into those of y, overwrites the inputs' and sums up for the normalizations below. `meanwhile` is called on the main thread
  /// now and then.
  func backward<Failure: Error>(
    _ scratch: Scratch, pool: WorkerPool, meanwhile: () throws(Failure) -> Void
  ) throws(Failure) {
    run(backwardPreparations, .prepareBackward, scratch, pool)
    try pool.forEach(
      backwardPieces.count, RunPieces(pieces: backwardPieces, pass: .backward, scratch: scratch),
      meanwhile: meanwhile)
  }

  private func run(
    _ pieces: [Piece], _ pass: RunPieces.Pass, _ scratch: Scratch, _ pool: WorkerPool
  ) {
    pool.forEach(pieces.count, RunPieces(pieces: pieces, pass: pass, scratch: scratch))
  }
}

private struct RunPieces: LoopBody {
  enum Pass { case prepareForward, forward, prepareBackward, backward }

  let pieces: [PerceptronLevel.Piece]
  let pass: Pass
  let scratch: PerceptronLevel.Scratch

  func callAsFunction(_ index: Int, _ thread: Int) {
    let (layer, range) = (pieces[index].layer, pieces[index].range)
    switch pass {
    case .prepareForward: layer.prepareForward(range)
    case .forward: layer.forward(range, scratch: scratch.of(thread))
    case .prepareBackward: layer.prepareBackward(range)
    case .backward: layer.backward(range, scratch: scratch.of(thread))
    }
  }
}
