// Short trainings of networks that predict numbers.

import TestSupport
import Testing

enum RegressionRun {
  /// The preset's networks with few latents and images, so that training takes a second.
  static func options(_ loss: [String]) -> [String] {
    let outputs = loss.contains { $0.hasSuffix("=learned") || $0.hasSuffix("=output") } ? 2 : 1
    let settings = [
      "training.latents=8", "training.imagesPerLatent=10", "objective.noise=learned",
      "objective.noiseDeviation=0.1", "hypernetwork.extractorHidden=[8]",
      "hypernetwork.generatorHidden=[[6], [6]]", "hypernetwork.generation=[]",
      "target.layers=[fullyConnected: {outputs: 6}, relu, fullyConnected: {outputs: \(outputs)}]",
      "validation.every=10", "validation.samples=5", "metrics.every=5", "checkpoint.every=0",
      "training.scheduleSteps=20",
    ]
    return ["--preset", "regression-1d"]
      + (settings + loss).flatMap { ["--set", $0] }
  }

  static let losses = [
    ["objective.loss=squared-error"],
    ["objective.loss=huber", "objective.huberThreshold=0.5"],
    ["objective.loss=gaussian-nll", "objective.noise=fixed", "objective.noiseDeviation=0.2"],
    ["objective.loss=gaussian-nll", "objective.noise=learned"],
    ["objective.loss=gaussian-nll", "objective.noise=output", "objective.diversity=ensemble"],
    ["objective.loss=squared-error", "objective.diversity=ensemble", "objective.committee=4"],
    [
      "objective.loss=gaussian-nll", "objective.noise=output", "objective.diversity=output-entropy",
    ],
    ["objective.loss=gaussian-nll", "objective.noise=output", "training.gradientNorm=0.5"],
    [
      "objective.loss=squared-error", "objective.diversity=ensemble", "objective.committee=4",
      "training.gradientNorm=0.5",
    ],
  ]

  static func train(
    _ options: [String], steps: Int, ranks: Int?, threads: Int, in directory: String
  ) throws {
    try Program.succeed(
      ["train"] + options + [
        "--steps", "\(steps)", "--threads", "\(threads)", "--run-dir", directory,
      ], ranks: ranks)
  }
}
