// What is given as a checkpoint and is none of this training's.

import Foundation

/// Another target, another shard count, a folder, an empty file, a pipe, random bytes.
struct ForeignCheckpoint: Experiment {
  let name = "foreign"
  let fault =
    "--resume of a checkpoint of another target or shard count, of a folder, an empty file, a pipe, random bytes"

  private enum Kind: String, CaseIterable {
    case target, shards, folder, empty, pipe, random, missing
  }

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int {
    complete ? 2 * Kind.allCases.count : 3
  }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let kind = Kind.allCases[(trial.number + trial.seedOffset) % Kind.allCases.count]
    let path = "\(trial.folder)/given"
    var settings: [String] = []
    var given = path
    switch kind {
    case .target:
      given = laboratory.checkpoint(10)
      settings = ["target.layers=[fullyConnected: {outputs: 4}]"]
      settings.append("hypernetwork={latentSize: 4, extractorHidden: [8], generatorHidden: [[8]]}")
    case .shards:
      given = laboratory.checkpoint(10)
      settings = ["distribution.shards=4"]
    case .folder:
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    case .empty: try Data().write(to: URL(filePath: path))
    case .pipe: mkfifo(path, 0o600)
    case .random:
      let bytes = (0..<trial.number(1..<5000)).map { _ in
        UInt8(truncatingIfNeeded: trial.random.next())
      }
      try Data(bytes).write(to: URL(filePath: path))
    case .missing: break
    }
    let run = TinyRun(directory: "\(trial.folder)/run")
    let ended = try laboratory.run(
      run.train(to: 20, settings) + ["--resume", given], ranks: trial.number(1..<4), limit: 40)
    try require(
      [1, 2].contains(ended.status)
        && ended.complaints.filter { $0.hasPrefix("hyperdist") }.count == 1
        && ended.errors.contains(given), "\(kind.rawValue): \(ended.summary)")
    try require(
      !FileManager.default.fileExists(atPath: run.directory),
      "\(kind.rawValue): refused, but left \(run.directory)")
    return "\(kind.rawValue): one line, nothing written"
  }
}
