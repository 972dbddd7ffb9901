// Commands that take the networks of a sample file, whoever wrote it.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SampleFileTests {
  private let run: TrainedRun
  private var samples: String { run.file("samples.h5") }

  /// Four networks with a normalization, whose statistics are those of 40 images.
  init() throws {
    run = try TrainedRun([
      "--steps", "2", "--set",
      "target.layers=[convolution: {filters: 4, size: 5, stride: 2, padding: 2}, normalization, relu, "
        + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]",
    ])
    try Program.succeed([
      "sample", run.checkpoint, "--count", "4", "--seed", "3", "--output", samples,
      "--statistics-images", "48",
    ])
  }

  private func figures(_ arguments: [String]) throws -> NSDictionary {
    let text = try Program.succeed(["evaluate"] + arguments + ["--json", "-"]).output
    var json = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for key in ["step", "parameters"] { json[key] = nil }
    // The run folder tells of a checkpoint's time, not of a file's beside it.
    if var cost = json["cost"] as? [String: Any] {
      #expect(cost["trained"] as? Int == 1 && cost["stored_numbers"] is Int)
      cost["core_seconds"] = nil
      json["cost"] = cost
    }
    return NSDictionary(dictionary: json)
  }

  /// The networks of the file are those that the checkpoint generates, with the statistics they were written with.
  @Test func figuresAreTheCheckpoints() throws {
    let seed = ["--seed", "3", "--images", "200"]
    let generated = try figures(
      [run.checkpoint, "--samples", "4", "--statistics-images", "48"] + seed)
    #expect(try figures([samples] + seed) == generated)
    #expect(try figures([samples, "--threads", "1"] + seed) == generated)
    let other = try figures([run.checkpoint, "--samples", "4"] + seed)
    #expect(other != generated)
    let first = try figures([samples, "--samples", "2"] + seed)
    let two = try figures(
      [run.checkpoint, "--samples", "2", "--statistics-images", "48"] + seed)
    #expect(first == two)
  }

  /// Changed by lines of Python that see the file as `f`.
  private func changed(_ name: String, _ lines: String) throws -> String {
    let copy = run.file(name)
    try FileManager.default.copyItem(atPath: samples, toPath: copy)
    _ = try Python.output(
      of: "import h5py, numpy, sys\nwith h5py.File(sys.argv[1], 'r+') as f:\n"
        + lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"), [copy])
    return copy
  }

  private func expect(
    _ arguments: [String], status: Int32 = 1, _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for ranks in [nil, 2] {
      let bad = try Program.run(arguments, ranks: ranks)
      #expect(
        bad.status == status && bad.errors.contains(message) && !bad.errors.contains("MPI_ABORT"),
        "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func filesThatDoNotFit() throws {
    let anonymous = try changed("anonymous.h5", "del f.attrs['config']\ndel f['latents']")
    try expect(
      ["evaluate", anonymous], "give the configuration they belong to with --preset or --config")
    // Another architecture, said by the user; or the right one.
    try expect(["evaluate", anonymous, "--preset", "mnist"], "another architecture")
    let configuration = run.folder.path + "/run/config.yaml"
    let named = try figures([anonymous, "--config", configuration, "--images", "200"])
    #expect(named["entropy"] is NSNull && named["samples"] as? Int == 4)
    #expect(named["cost"] is NSNull && named["calibrated_ll"] is Double)
    try expect(
      ["evaluate", samples, "--config", configuration, "--set", "data.validationCount=77"],
      "its networks were trained with data.validationCount")
    try expect(
      ["evaluate", samples, "--set", "data.name=mnist"], status: 2, "with --preset or --config only"
    )
    try expect(
      ["evaluate", run.checkpoint, "--preset", "mnist"], "a checkpoint has its own configuration")
    try expect(["evaluate", samples, "--samples", "5"], status: 2, "the file has 4 networks")
    try expect(
      ["evaluate", samples, "--parameters", "last"], "a sample file has its networks only")
    try expect(["analyze", "ensembles", samples], status: 2, "takes 20 networks, the file has 4")
    for (name, lines, message) in [
      ("missing", "del f['weights/layer2/bias']", "there is no tensor weights/layer2/bias"),
      (
        "variance", "del f['weights/layer1/variance']", "there is no tensor weights/layer1/variance"
      ),
      (
        "more", "f['weights/layer3/bias'] = f['weights/layer2/bias'][()]",
        "it has a tensor weights/layer3/bias"
      ),
      (
        "shape",
        "x = f['weights/layer2/kernel'][()]\ndel f['weights/layer2/kernel']\n"
          + "f['weights/layer2/kernel'] = x[:, :, :-1]", "weights/layer2/kernel has 10 x"
      ),
      (
        "count",
        "x = f['weights/layer2/bias'][()]\ndel f['weights/layer2/bias']\n"
          + "f['weights/layer2/bias'] = x[:3]", "weights/layer2/bias has 3 networks, others have 4"
      ),
      (
        "double",
        "x = f['weights/layer2/bias'][()].astype('f8')\ndel f['weights/layer2/bias']\n"
          + "f['weights/layer2/bias'] = x",
        "there is no tensor weights/layer2/bias of 32-bit floats"
      ),
    ] {
      try expect(["evaluate", try changed("\(name).h5", lines)], message)
    }
  }

  /// Written again, a file's networks stay what they are.
  @Test func samplesOfSamples() throws {
    let again = run.file("again.h5")
    try Program.succeed(["sample", samples, "--count", "3", "--output", again], ranks: 2)
    #expect(
      try figures([again, "--images", "100"])
        == figures([samples, "--samples", "3", "--images", "100"]))
    try Program.succeed([
      "distill", samples, "--samples", "4", "--images", "50", "--output", run.file("mean.h5"),
    ])
    let mean = try figures([run.file("mean.h5"), "--images", "100"])
    #expect(mean["networks"] as? String == "the mean of 4 networks of step 2")
    for kind in ["accuracy", "filters", "scatter", "similarity", "adversarial"] {
      try Program.succeed(
        ["analyze", kind, samples, "--images", "20", "--output", run.file("figures")], ranks: 2)
    }
  }
}
