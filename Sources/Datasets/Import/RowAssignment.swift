// Dealing the rows of a source to splits.

import Numerics

/// Which split each row of a source goes to.
struct RowAssignment {
  let splits: [(name: String, count: Int)]
  /// Into `splits`, for each row.
  let places: [Int]

  /// All rows to one split.
  init(all count: Int, to name: String) {
    splits = [(name, count)]
    places = Array(repeating: 0, count: count)
  }

  /// Some rows, drawn without regard to their order, to `others`, the rest to `train`.
  init(count: Int, others: [(name: String, count: Int)], seed: UInt64) {
    let random = CounterRandom(seed: seed, purpose: .heldOut)
    var rows = Array(0..<count)
    var places = [Int](repeating: 0, count: count)
    var drawn = 0
    for (number, split) in others.enumerated() {
      for _ in 0..<split.count {
        rows.swapAt(drawn, drawn + random.integer(drawn, below: count - drawn))
        places[rows[drawn]] = number + 1
        drawn += 1
      }
    }
    self.places = places
    splits = [("train", count - drawn)] + others
  }
}
