// The commands that read a checkpoint, on one of a small training.

import Foundation
import TestSupport
import Testing

@Suite struct CheckpointCommandTests {
  private let folder: TestFolder
  private var checkpoint: String { "\(folder.path)/run/checkpoints/latest" }

  /// Trains a network so small that it takes no time.
  init() throws {
    folder = TestFolder()
    try Program.succeed([
      "train", "--run-dir", "\(folder.path)/run", "--threads", "1",
      "--set", "training={latents: 4, imagesPerLatent: 4, steps: 2}",
      "--set", "distribution.shards=4", "--set", "validation.every=0",
      "--set", "hypernetwork={latentSize: 6, extractorHidden: [8], generatorHidden: [[5], [5]]}",
      "--set",
      "target.layers=[convolution: {filters: 2, size: 3, stride: 2, padding: same}, relu, "
        + "fullyConnected: {outputs: 10}]",
    ])
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func inspectCountsWhatThereIs() throws {
    let json = try object(Program.succeed(["inspect", checkpoint, "--json"]).output)
    #expect(json["step"] as? Int == 2)
    let lastLayer = 10 * (2 * 14 * 14 + 1)
    #expect(json["generated_weights"] as? Int == 2 * 10 + lastLayer)
    // Codes of 15 for 2 filters and the last layer; scale and shift of each hidden unit.
    let extractor = 6 * 8 + 8 * 45
    let generators = 15 * 5 + 5 * 10 + 15 * 5 + 5 * lastLayer
    #expect(json["trainable_numbers"] as? Int == extractor + generators + 2 * (8 + 5 + 5))
    #expect(json["intact"] as? Bool == true)
    let digest = try Program.succeed(["inspect", checkpoint, "--digest"])
    #expect(digest.lines == [json["state_digest"] as? String])
  }

  @Test func inspectLooksAtNetworks() throws {
    let options = ["inspect", checkpoint, "--networks", "4", "--images", "50", "--json"]
    let alone = try Program.succeed(options + ["--threads", "1"]).output
    #expect(try Program.succeed(options + ["--threads", "2"], ranks: 3).output == alone)
    let generated = try #require(try object(alone)["generated"] as? [String: Any])
    #expect(generated["samples"] as? Int == 4 && generated["images"] as? Int == 50)
    #expect(generated["disagreement"] is Double && generated["majority_gain"] is Double)
    let report = try #require(generated["layer_report"] as? [String: Any])
    #expect(report["networks"] as? Int == 4 && report["images"] as? Int == 50)
    let layers = try #require(report["layers"] as? [[String: Any]])
    #expect(layers.map { $0["name"] as? String } == ["layer1", "layer2"])
    let shares = try layers.map { try #require($0["distance_share"] as? Double) }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-12 && shares.allSatisfy { $0 > 0 })
    let dead = try #require(layers[0]["dead_units"] as? Double)
    #expect([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1].contains(dead))
    #expect(layers[1]["dead_units"] is NSNull)

    let text = try Program.succeed(["inspect", checkpoint, "--networks", "3"]).output
    for part in ["state digest", "3 generated networks on 256 validation images", "dead units"] {
      #expect(text.contains(part), "\(part)")
    }
    for (wrong, message) in [
      (["--networks", "1"], "--networks must be 2 to 1000"),
      (["--images", "3"], "--images: with --networks only"),
      (["--networks", "3", "--digest"], "not both"),
    ] {
      let run = try Program.run(["inspect", checkpoint] + wrong)
      #expect(run.status == 2 && run.errors.contains(message), "\(run.errors)")
    }
  }

  /// In checkpoints, in the log and in JSON: up to 2^64 - 1.
  @Test func seedsAreUnsigned() throws {
    let largest = "18446744073709551615"
    let run = "\(folder.path)/seed"
    try Program.succeed([
      "train", "--run-dir", run, "--threads", "1", "--set", "training.seed=\(largest)",
      "--set", "training={latents: 4, imagesPerLatent: 4, steps: 1}",
      "--set", "distribution.shards=4", "--set", "validation.every=0",
      "--set", "hypernetwork={latentSize: 6, extractorHidden: [8], generatorHidden: [[5]]}",
      "--set", "target.layers=[fullyConnected: {outputs: 10}]",
    ])
    let checkpoint = "\(run)/checkpoints/latest"
    let texts = [
      try Program.succeed(["inspect", checkpoint, "--json"]).output,
      try Program.succeed([
        "evaluate", checkpoint, "--samples", "2", "--images", "5", "--seed", largest, "--json", "-",
      ]).output, try contents(of: "\(run)/log.jsonl"),
    ]
    for text in texts { #expect(text.contains("\"seed\": \(largest),"), "\(text.prefix(500))") }
    #expect(
      try Program.succeed(["inspect", checkpoint]).output.contains("seed               \(largest)"))
  }

  @Test func evaluatePrintsJSONAlone() throws {
    let result = try Program.succeed([
      "evaluate", checkpoint, "--samples", "3", "--images", "20", "--json", "-",
    ])
    let json = try object(result.output)
    for key in [
      "samples", "images", "mean_accuracy", "std_accuracy", "min_accuracy", "max_accuracy",
      "accuracies", "majority_accuracy", "mean_probability_accuracy", "most_confident_accuracy",
      "nll", "brier", "ece", "entropy",
    ] {
      #expect(json[key] != nil, "\(key)")
    }
    #expect(json["samples"] as? Int == 3)
    #expect(json["images"] as? Int == 20)
    #expect((json["accuracies"] as? [Double])?.count == 3)
    #expect(result.errors.contains("majority vote"))
  }

  @Test func inspectReadsSampleFiles() throws {
    let samples = "\(folder.path)/samples.h5"
    try Program.succeed(["sample", checkpoint, "--count", "3", "--output", samples])
    let json = try object(Program.succeed(["inspect", samples, "--json"]).output)
    #expect(json["kind"] as? String == "samples")
    #expect(json["count"] as? Int == 3)
    let digest = try Program.run(["inspect", samples, "--digest"])
    #expect(digest.status == 1)
    #expect(digest.errors.contains("a sample file has no training state"))
  }

  /// A checkpoint of a network with normalizations, whose statistics go into sample files.
  private func normalizedCheckpoint() throws -> String {
    let run = "\(folder.path)/normalized"
    try Program.succeed([
      "train", "--run-dir", run, "--threads", "1",
      "--set", "training={latents: 4, imagesPerLatent: 4, steps: 2}",
      "--set", "distribution.shards=4", "--set", "validation.every=0",
      "--set", "hypernetwork={latentSize: 6, extractorHidden: [8], generatorHidden: [[5], [5]]}",
      "--set",
      "target.layers=[convolution: {filters: 20, size: 3, stride: 2, padding: 1}, normalization, relu, "
        + "globalAveragePool, fullyConnected: {outputs: 10}]",
    ])
    return "\(run)/checkpoints/latest"
  }

  /// Each rank writes its networks; more ranks than networks included.
  @Test(arguments: [false, true])
  func sampleFilesAreTheSameFromAnyRanks(isNormalized: Bool) throws {
    let checkpoint = try isNormalized ? normalizedCheckpoint() : self.checkpoint
    let statistics = isNormalized ? ["--statistics-images", "40"] : []
    func sample(_ ranks: Int) throws -> (Data, String) {
      let path = "\(folder.path)/ranks-\(ranks)"
      for name in ["\(path).safetensors", "\(path).h5"] {
        try Program.succeed(
          ["sample", checkpoint, "--count", "3", "--output", name, "--threads", "1"] + statistics,
          ranks: ranks)
      }
      let script =
        "import h5py, hashlib, sys\n" + """
          digest = hashlib.sha256()
          def add(name, item):
              if isinstance(item, h5py.Dataset):
                  digest.update((name + str(item.shape)).encode() + item[()].tobytes())
          h5py.File(sys.argv[1]).visititems(add)
          print(digest.hexdigest())
          """
      return (
        try Data(contentsOf: URL(filePath: "\(path).safetensors")),
        try Python.output(of: script, ["\(path).h5"])
      )
    }
    let one = try sample(1)
    #expect(one.0.count > 3 * 4 * 400)
    for ranks in [2, 3, 4] {
      let other = try sample(ranks)
      #expect(other.0 == one.0, "\(ranks) ranks")
      #expect(other.1 == one.1, "\(ranks) ranks")
    }
  }

  @Test func sampleFilesThatCannotBeWritten() throws {
    for name in ["\(folder.path)/none/a.h5", "\(folder.path)/none/a.safetensors"] {
      let result = try Program.run(
        ["sample", checkpoint, "--count", "3", "--output", name], ranks: 2)
      #expect(result.status != 0)
      #expect(result.errors.contains(name), "\(result.errors)")
    }
  }
}
