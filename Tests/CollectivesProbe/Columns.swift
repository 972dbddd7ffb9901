// Every rank checks the columns that it received; rank 0 prints one line a check.

import Collectives
import Numerics

/// Matrices of 26 rows in 13 shards: of several columns to each rank, and of fewer than there are ranks.
func checkColumns(_ communicator: Communicator, _ pattern: CollectivePattern) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let plan = try ShardPlan(
    sampleCount: 26, shardCount: 13, rankCount: size, collectives: pattern)
  let samples = plan.samples(of: rank)
  for (columns, shared, weights) in [(1_000, 48, 37), (40, 20, 3)] {
    let exchange = ColumnExchange(
      communicator: try communicator.duplicate(), plan: plan, columns: columns, shared: shared,
      weights: weights)
    func report(_ name: String, _ isRight: Bool) throws {
      let wrong = try communicator.max(isRight ? 0 : 1)
      if rank == 0 { print("\(columns) columns, \(name): \(wrong == 0 ? "right" : "wrong")") }
    }
    func number(_ round: Int, _ sample: Int, _ place: Int) -> Float {
      Float(round + 10_000 * sample + place)
    }
    let owners = SharedBuffer<Int64>(count: columns)
    for column in exchange.owned { owners.view[column] = 1 }
    try communicator.sum(owners.view)
    try report("one owner each", owners.view.array.allSatisfy { $0 == 1 })

    // Rows of a matrix with more columns than are exchanged.
    let step = columns + 5
    let (rows, sharedRows) = (
      SharedBuffer<Float>(count: samples.count * step),
      SharedBuffer<Float>(count: samples.count * shared)
    )
    let matrix = MatrixView(rows.view, rows: samples.count, columns: columns, step: step)
    let sharedMatrix = MatrixView(sharedRows.view, rows: samples.count, columns: shared)
    for round in 0..<2 {
      for (local, sample) in samples.enumerated() {
        for column in 0..<columns {
          rows.view[local * step + column] = number(round, sample, column)
        }
        for place in 0..<shared {
          sharedRows.view[local * shared + place] = number(round, sample, -1 - place)
        }
      }
      CommunicationMeter.shared.reset()
      try exchange.start(columns: matrix, shared: sharedMatrix)
      while try exchange.progress() {}
      let messages = try communicator.max(CommunicationMeter.shared.messagesSent)
      let isThere = (0..<26).allSatisfy { sample in
        exchange.owned.enumerated().allSatisfy { place, column in
          exchange.columns.values[sample * exchange.columns.step + place]
            == number(round, sample, column)
        }
          && (0..<shared).allSatisfy {
            exchange.shared.values[sample * exchange.shared.step + $0]
              == number(round, sample, -1 - $0)
          }
      }
      try report("rows are there", isThere)
      if rank == 0 && round == 0 { print("messages \(messages)") }

      let values = SharedBuffer<Float>(count: columns * weights)
      for column in exchange.owned {
        for place in 0..<weights {
          values.view[column * weights + place] = number(round, column, place)
        }
      }
      try exchange.startGather(values.view)
      while try exchange.progress() {}
      try report(
        "weights are there",
        (0..<columns * weights).allSatisfy {
          values.view[$0] == number(round, $0 / weights, $0 % weights)
        })
    }
  }
}
