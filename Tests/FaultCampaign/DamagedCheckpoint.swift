// Checkpoints whose bytes are not what was written.

import Foundation

/// Flipped bits, cut ends and foreign content in the newest of three checkpoints.
struct DamagedCheckpoint: Experiment {
  let name = "damage"
  let fault = "bit flips, truncation and foreign content at random offsets of the latest checkpoint"

  private static let (begin, end) = (20, 30)

  private static let untouched = "no bit that is read was touched"

  func isIdle(_ outcome: String) -> Bool { outcome == Self.untouched }

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 1000 : 6 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let run = try laboratory.prepare("\(trial.folder)/run", at: Self.begin)
    let path = run.checkpoint(Self.begin)
    var bytes = [UInt8](FileManager.default.contents(atPath: path)!)
    let whole = bytes
    let what = damage(&bytes, trial)
    try Data(bytes).write(to: URL(filePath: path))
    let isWhole = bytes == whole

    let ranks: Int? = trial.number % 5 == 0 ? trial.number(2..<4) : nil
    let ended = try laboratory.run(run.train(to: Self.end), ranks: ranks)
    try require(ended.status == 0, "\(what): no fall-back: \(ended.summary)")
    try laboratory.requireSame(run, step: Self.end)
    let fellBack = ended.complaints.contains { $0.contains("step-00000020.h5") }
    let resumed = FileManager.default.contents(atPath: "\(run.directory)/log.jsonl").map {
      String(decoding: $0, as: UTF8.self)
    }?.split(separator: "\n").last { $0.contains("\"event\": \"resume\"") }
    let from = resumed.map { $0.contains("\"step\": \(Self.begin),") ? Self.begin : 0 } ?? 0
    try require(
      fellBack || from == Self.begin, "\(what): fell back without a word: \(ended.summary)")
    try require(!isWhole || !fellBack, "\(what): sound and refused: \(ended.summary)")
    return fellBack ? "fell back and said so" : Self.untouched
  }

  /// Changes `bytes`, and says how.
  private func damage(_ bytes: inout [UInt8], _ trial: Trial) -> String {
    let place = trial.number(0..<bytes.count)
    switch trial.number % 4 {
    case 0:
      let bit = trial.number(0..<8)
      bytes[place] ^= 1 << UInt8(bit)
      return "bit \(bit) of byte \(place) flipped"
    case 1:
      // HDF5's own tables are at the beginning.
      let place = trial.number(0..<8192)
      bytes[place] ^= 1 << UInt8(trial.number(0..<8))
      return "a bit of byte \(place) flipped"
    case 2:
      bytes.removeSubrange(place...)
      return "cut to \(place) bytes"
    default:
      let length = min(trial.number(1..<5000), bytes.count - place)
      let isZero = trial.chance(of: 2)
      for index in place..<place + length {
        bytes[index] = isZero ? 0 : UInt8(truncatingIfNeeded: trial.number(0..<256))
      }
      return "\(length) bytes from \(place) overwritten with \(isZero ? "zeros" : "others")"
    }
  }
}
