// A short training that several tests look at.

import Foundation
import TestSupport
import Testing

/// A checkpoint of a small network on glyphs that is right more often than not.
final class TrainedRun {
  let folder: TestFolder
  var checkpoint: String { "\(folder.path)/run/checkpoints/latest" }

  init(_ options: [String] = []) throws {
    folder = TestFolder()
    try Program.succeed(
      [
        "train", "--run-dir", "\(folder.path)/run", "--threads", "1", "--steps", "60",
        "--set", "training={latents: 8, imagesPerLatent: 16, learningRate: 3e-3}",
        "--set", "validation.every=0", "--set", "objective.lambda=300",
        "--set",
        "hypernetwork={latentSize: 6, extractorHidden: [24], generatorHidden: [[16], [32]]}",
        "--set",
        "target.layers=[convolution: {filters: 4, size: 5, stride: 2, padding: same}, relu, "
          + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]",
      ] + options)
  }

  /// A file of this name in its folder.
  func file(_ name: String) -> String { "\(folder.path)/\(name)" }
}
