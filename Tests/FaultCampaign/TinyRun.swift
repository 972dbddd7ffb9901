// A training of a second, and what it leaves.

import Foundation

/// A run folder of a network of a hundred weights on the images of ``TinyData``.
struct TinyRun {
  /// Steps of the whole training, and between its checkpoints.
  static let (steps, interval) = (40, 5)

  let directory: String

  var checkpoints: String { "\(directory)/checkpoints" }
  var metrics: String { "\(directory)/metrics.csv" }

  func checkpoint(_ step: Int) -> String {
    "\(checkpoints)/step-" + String(repeating: "0", count: 8 - "\(step)".count) + "\(step).h5"
  }

  /// The command line that trains it, or goes on with it.
  func train(to steps: Int = Self.steps, _ settings: [String] = []) -> [String] {
    let all =
      [
        TinyData.setting,
        "hypernetwork={latentSize: 4, extractorHidden: [8], generatorHidden: [[8], [8]]}",
        "target.layers=[convolution: {filters: 2, size: 3, stride: 1, padding: same}, "
          + "normalization, relu, maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 4}]",
        "training={latents: 8, imagesPerLatent: 2}", "validation={every: 10, samples: 8}",
        "metrics.every=1", "checkpoint={every: \(Self.interval), keep: 3}",
      ] + settings
    return ["train", "--preset", "quickstart", "--threads", "1", "--run-dir", directory]
      + ["--steps", "\(steps)"] + all.flatMap { ["--set", $0] }
  }

  /// The step in the last whole row of metrics.csv; 0 where there is none.
  var lastRow: Int {
    guard let text = try? String(contentsOfFile: metrics, encoding: .utf8) else { return 0 }
    let rows = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return rows.reversed().lazy.compactMap { $0.split(separator: ",").first.flatMap { Int($0) } }
      .first ?? 0
  }

  /// Whether a checkpoint is being written.
  var isSaving: Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    return names.contains { $0.hasPrefix("step-") && $0.hasSuffix(".partial") }
  }

  /// The step of the checkpoint that `latest` names; nil without one.
  var latest: Int? {
    let target = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "\(checkpoints)/latest")
    return target.flatMap { Int($0.filter(\.isNumber).dropLast()) }
  }

  /// metrics.csv without its columns of time.
  func rows() throws -> [String] {
    let lines = try String(contentsOfFile: metrics, encoding: .utf8).split(separator: "\n")
    let columns = lines.first?.split(separator: ",").prefix { $0 != "seconds" }.count ?? 0
    return lines.map {
      $0.split(separator: ",", omittingEmptySubsequences: false).prefix(columns).joined(
        separator: ",")
    }
  }
}
