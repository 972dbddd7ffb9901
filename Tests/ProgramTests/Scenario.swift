// What tests have in common that train on hosts or under a batch system made for them.

import TestSupport

/// A short training that a script disturbs.
enum Scenario {
  /// Why `script` cannot make its hosts or cluster here; nil where it can.
  static func obstacle(_ script: String) -> String? {
    let run = try? RankLauncher.runShell("\(script) true", program: "hyperdist", [])
    guard let run, run.status == 0 else {
      return run?.errors.split(separator: "\n").last.map(String.init) ?? "bash does not start"
    }
    return nil
  }

  /// Of `hyperdist train`: a small network on glyphs, so many images a step for each of 8 latents, and other settings.
  static func options(imagesPerLatent: Int, _ settings: [String]) -> [String] {
    let all =
      [
        "hypernetwork={latentSize: 4, extractorHidden: [8], generatorHidden: [[8], [8]]}",
        "target.layers=[convolution: {filters: 2, size: 5, stride: 2, padding: same}, relu, "
          + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]",
        "training={latents: 8, imagesPerLatent: \(imagesPerLatent)}", "validation.every=0",
      ] + settings
    return ["--preset", "quickstart", "--threads", "1"] + all.flatMap { ["--set", $0] }
  }
}
