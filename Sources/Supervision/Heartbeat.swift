// What ranks tell each other about themselves, and what follows from it.

import Host

/// A rank's word about itself.
package struct Heartbeat: Equatable, Sendable {
  package enum Kind: Int64 {
    /// The first word on a connection; `marks` is the run's secret number.
    case hello
    case beat
    /// The rank is done and no longer watched.
    case leaving
    /// The run is ended: leave at once.
    case end
  }

  package var kind = Kind.beat
  package var rank = 0
  package var step = 0
  package var stage = Stage.start
  /// Marks the rank's main thread has passed.
  package var marks = 0
  /// Seconds since its last sign of life.
  package var idleSeconds = 0.0

  package static let size = 6 * MemoryLayout<Int64>.size

  package var bytes: [UInt8] {
    let numbers = [
      kind.rawValue, Int64(rank), Int64(step), Int64(stage.rawValue), Int64(marks),
      Int64(1000 * idleSeconds),
    ]
    return numbers.flatMap { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
  }

  package init() {}

  /// Nil where the bytes are none of ours.
  package init?(bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    let numbers = Array(bytes).withUnsafeBytes { raw in
      (0..<6).map { Int64(bigEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
    }
    guard let kind = Kind(rawValue: numbers[0]), let stage = Stage(rawValue: Int(numbers[3])) else {
      return nil
    }
    self.kind = kind
    self.stage = stage
    (rank, step, marks) = (Int(numbers[1]), Int(numbers[2]), Int(numbers[4]))
    idleSeconds = Double(numbers[5]) / 1000
  }
}
