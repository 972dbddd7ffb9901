// hyperdist evaluate

import ArgumentParser
import Datasets
import Evaluation
import Reporting
import TensorCore
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Generate networks from a checkpoint and measure them, alone and together.")

  enum Split: String, ExpressibleByArgument, CaseIterable {
    case validation, test
  }

  @Argument(help: "A checkpoint file.")
  var checkpoint: String

  @Option(help: "Networks to generate.")
  var samples = 200

  @Option(help: "validation or test.")
  var split = Split.test

  @Option(help: "Seed of the latents; the same seed and number give the same networks as sample.")
  var seed: UInt64 = 0

  @Option(help: "Only the first images of the split.")
  var images: Int?

  @Option(help: "Where to look for data first.")
  var dataDir: String?

  @Option(help: "Threads of each rank (default: the cores it has).")
  var threads: Int?

  @Option(help: "Write the figures as JSON to a file, or - for standard output.")
  var json: String?

  func validate() throws {
    if samples < 1 { throw ValidationError("--samples must be at least 1") }
    if let images, images < 1 { throw ValidationError("--images must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  func run() throws {
    let session = try Session.start(threads: threads)
    let trained = try TrainedHypernetwork(checkpoint: checkpoint)
    let data = try trained.configuration.data.load(dataDirectory: dataDir)
    let evaluator = try EnsembleEvaluator(
      parameters: trained.parameters, settings: trained.configuration.objectiveSettings,
      communicator: session.communicator, pool: session.pool)
    let begin = monotonicSeconds()
    let result = try evaluator.evaluate(
      EvaluationRequest(networkCount: samples, seed: seed, imageLimit: images),
      on: split == .test ? data.test : data.validation)
    if session.isRoot {
      let text = EvaluationText.describe(
        result, step: trained.header.step, split: split.rawValue, data: data.name,
        seconds: monotonicSeconds() - begin)
      try JSONOutput.write(result.json, to: json, orText: text)
    }
    try session.finish()
  }
}

/// A command's figures: as JSON where that is asked for, as text for people otherwise.
enum JSONOutput {
  /// With `destination` "-", JSON alone goes to standard output and the text to standard error.
  static func write(_ value: JSONValue, to destination: String?, orText text: String) throws {
    guard let destination else { return print(text) }
    if destination == "-" {
      StandardError.note(text)
      print(value)
    } else {
      print(text)
      try RunFolder.write("\(value)\n", to: destination)
    }
  }
}
