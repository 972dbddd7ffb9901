// Text files whose last line is not whole.

import Foundation

/// A machine that lost power while it wrote.
struct TornLines: Experiment {
  let name = "torn"
  let fault =
    "metrics.csv, log.jsonl and the event file cut inside their last record, or with half a line more"

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 60 : 3 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let run = try laboratory.prepare("\(trial.folder)/run", at: 20)
    try forgetLast(run)
    let names = try FileManager.default.contentsOfDirectory(atPath: run.directory)
    let kinds = ["metrics.csv", "log.jsonl", "events.out"]
    let kind = kinds[trial.number % kinds.count]
    let name = names.first { $0.hasPrefix(kind) } ?? kind
    let path = "\(run.directory)/\(name)"
    guard var bytes = FileManager.default.contents(atPath: path) else {
      throw BrokenPromise("there is no \(name)")
    }
    if trial.chance(of: 2) {
      bytes.append(bytes.suffix(trial.number(1..<30)).dropLast())
    } else {
      bytes.removeLast(trial.number(1..<40))
    }
    try bytes.write(to: URL(filePath: path))
    let ended = try laboratory.requireResumes(run, to: 30, ranks: trial.number(1..<3))
    let log = try String(contentsOfFile: "\(run.directory)/log.jsonl", encoding: .utf8)
    let events = log.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    try require(
      events.count { $0["event"] as? String == "resume" } == 1
        && events.last?["event"] as? String == "stop",
      "log.jsonl does not tell of the restart: \(ended.summary)")
    return "\(kind): continued, nothing twice"
  }

  /// Removes the checkpoint of step 20, as of a machine that went down before it was saved: what is on the disk before
  /// a checkpoint is whole, what comes behind it may not be.
  private func forgetLast(_ run: TinyRun) throws {
    let files = FileManager.default
    try files.removeItem(atPath: run.checkpoint(20))
    for name in ["latest", "best"] {
      let link = "\(run.checkpoints)/\(name)"
      guard let target = try? files.destinationOfSymbolicLink(atPath: link), target.contains("20")
      else { continue }
      try files.removeItem(atPath: link)
      if name == "latest" {
        try files.createSymbolicLink(
          atPath: link, withDestinationPath: "step-00000015.h5")
      }
    }
  }
}
