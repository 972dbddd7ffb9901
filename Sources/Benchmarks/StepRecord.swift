// What one timed step took on all ranks.

import Collectives
import Host
import Numerics

/// A timed step: its seconds, where they went, and what was sent.
public struct StepRecord: Sendable {
  /// From the moment all ranks are ready until the last is done.
  public let seconds: Double
  /// Seconds by phase, in the order of ``Phase``: of the rank that computed longest, and the ranks' mean.
  public let slowest: [Double]
  public let mean: [Double]
  /// Of the rank that sent most to other ranks.
  public let bytes: Int
  public let messages: Int
  /// The ranks' mean in the barriers of a step of its own, in which a barrier goes before each operation that blocks.
  public let waiting: Double

  /// A rank's share of the records, filled in step by step.
  struct Own: ~Copyable {
    private static let phases = Phase.allCases
    private static let columns = phases.count + 3
    private let values: AlignedBuffer<Double>
    private let stepCount: Int

    init(stepCount: Int) {
      self.stepCount = stepCount
      values = AlignedBuffer(count: stepCount * Self.columns)
    }

    /// Notes a step's phases, `clock` having been reset before it, and what `meter` counted.
    func note(_ step: Int, _ clock: PhaseClock, _ meter: CommunicationMeter) {
      let row = values.view.slice(step * Self.columns, Self.columns)
      for phase in Self.phases { row[phase.rawValue] = clock[phase] }
      row[Self.phases.count] = Double(meter.bytesSent)
      row[Self.phases.count + 1] = Double(meter.messagesSent)
    }

    func note(_ step: Int, waiting: Double) {
      values[step * Self.columns + Self.phases.count + 2] = waiting
    }

    /// All ranks' records together, and each rank's mean seconds by phase. Collective.
    func gather(seconds: [Double], _ communicator: Communicator) throws(CollectiveError) -> (
      records: [StepRecord], phasesOfRanks: [[Double]]
    ) {
      let count = stepCount * Self.columns
      let all = AlignedBuffer<Double>(count: count * communicator.size)
      let counts = [Int](repeating: count, count: communicator.size)
      try AllGather<Double>(communicator, counts: counts).run(values.view, into: all.view)
      func row(_ rank: Int, _ step: Int) -> [Double] {
        all.view.slice(rank * count + step * Self.columns, Self.columns).array
      }
      let records = (0..<stepCount).map { step in
        StepRecord(
          seconds: seconds[step], ranks: (0..<communicator.size).map { row($0, step) })
      }
      let phases = (0..<communicator.size).map { rank in
        Self.phases.map { phase in
          (0..<stepCount).reduce(0) { $0 + row(rank, $1)[phase.rawValue] } / Double(stepCount)
        }
      }
      return (records, phases)
    }
  }

  private init(seconds: Double, ranks: [[Double]]) {
    let phases = Phase.allCases.count
    func computing(_ row: [Double]) -> Double {
      row[..<phases].reduce(0, +) - row[Phase.communication.rawValue]
    }
    self.seconds = seconds
    slowest = Array(ranks.max { computing($0) < computing($1) }![..<phases])
    mean = (0..<phases).map { phase in Statistics.mean(ranks.map { $0[phase] }) }
    bytes = Int(ranks.map { $0[phases] }.max()!)
    messages = Int(ranks.map { $0[phases + 1] }.max()!)
    waiting = Statistics.mean(ranks.map { $0[phases + 2] })
  }
}
