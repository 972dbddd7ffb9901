// hyperdist export, and what other programs make of its files.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ExportTests {
  private static let modules = ["h5py"] + ONNXRuntime.modules

  /// Exports networks, and what `hypernetwork` files name, and compares them with `evaluate`.
  private func expectEvaluations(
    of file: String, hypernetwork: [String: [String]], data: String, in folder: TestFolder
  ) throws {
    // One batch of the training's size: what normalizations see in a graph, too.
    let statistics = 8
    let common = ["--data-dir", data, "--statistics-images", "\(statistics)", "--threads", "2"]
    try Program.succeed(
      [
        "evaluate", file, "--samples", "3", "--seed", "4", "--images", "100", "--no-temperature",
        "--save-probabilities", "\(folder.path)/probabilities.h5",
      ] + common)
    let networks = ["export", file, "--networks", "3", "--seed", "4", "--output"]
    try Program.succeed(networks + ["\(folder.path)/networks.onnx"] + common)
    try Program.succeed(networks + ["\(folder.path)/two.onnx"] + common, ranks: 2)
    #expect(
      FileManager.default.contentsEqual(
        atPath: "\(folder.path)/networks.onnx", andPath: "\(folder.path)/two.onnx"))
    for (name, options) in hypernetwork {
      try Program.succeed(
        ["export", file, "--output", "\(folder.path)/\(name).onnx", "--data-dir", data] + options)
    }
    if !hypernetwork.isEmpty {
      try Program.succeed(
        ["sample", file, "--count", "3", "--seed", "4", "--output", "\(folder.path)/samples.h5"]
          + common)
    }
    let output = try Python.output(
      of: Program.pythonScript("check_export"), [folder.path, data, "\(statistics)"],
      modules: Self.modules)
    #expect(try #require(Double(output.trimmingCharacters(in: .whitespacesAndNewlines))) <= 1e-5)
  }

  private static let small = [
    "--steps", "2", "--set", "validation.every=0", "--set", "training.latents=8", "--set",
    "training.imagesPerLatent=8", "--set", "objective.entropy.candidates=0", "--set",
    "distribution.shards=8",
  ]

  /// Networks of the presets, in all three kinds of file, as `evaluate` finds them.
  @Test(arguments: [
    ["mnist", "data.name=cifar10", "objective.gauge=scale-permutation"],
    ["lenet-cifar10", "objective.committee=4", "objective.gauge=scale"],
    ["resnet32-cifar10", "objective.committee=4", "objective.gauge=scale"],
  ]) func presets(_ words: [String]) throws {
    let folder = TestFolder()
    let data = try ImageFiles.cifar10 ?? ImageFiles.bands(in: folder)
    let run = "\(folder.path)/run"
    try Program.succeed(
      ["train", "--preset", words[0], "--run-dir", run, "--data-dir", data]
        + Self.small + words[1...].flatMap { ["--set", $0] })
    try expectEvaluations(
      of: "\(run)/checkpoints/latest",
      hypernetwork: ["generator": [], "ensemble": ["--with-target"]], data: data, in: folder)
  }

  /// Networks that no hypernetwork made, from a checkpoint and from a file of samples.
  @Test func baselines() throws {
    let folder = TestFolder()
    let data = try ImageFiles.cifar10 ?? ImageFiles.bands(in: folder)
    let run = "\(folder.path)/run"
    try Program.succeed(
      [
        "baseline", "deep-ensemble", "--preset", "lenet-cifar10", "--run-dir", run, "--data-dir",
        data, "--steps", "2", "--set", "validation.every=0", "--set", "baseline.members=3", "--set",
        "baseline.batch=16", "--set", "baseline.sliceImages=16",
      ])
    try expectEvaluations(
      of: "\(run)/checkpoints/latest", hypernetwork: [:], data: data, in: folder)
    // The same networks, all by default.
    let networks = "\(run)/networks.h5"
    try Program.succeed(
      ["export", networks, "--output", "\(folder.path)/all.onnx", "--data-dir", data])
    let sizes = try ["networks", "all"].map {
      try Data(contentsOf: URL(filePath: "\(folder.path)/\($0).onnx")).count
    }
    #expect(abs(sizes[0] - sizes[1]) < 1000)
    try expectEvaluations(of: networks, hypernetwork: [:], data: data, in: folder)
    try expectLine(
      ["export", networks, "--with-target", "--output", "\(folder.path)/x.onnx"], status: 2,
      "there is no hypernetwork in")
    try expectLine(
      ["export", networks, "--networks", "4", "--output", "\(folder.path)/x.onnx"], status: 2,
      "--networks 4: the file has 3 networks")
  }

  /// Networks drawn from a distribution, as the checkpoint draws them and as its file of samples has them; its own way from latents to
  /// weights is no hypernetwork's.
  @Test(arguments: ["mnfg", "bhn"]) func distributions(method: String) throws {
    let folder = TestFolder()
    let data = try ImageFiles.cifar10 ?? ImageFiles.bands(in: folder)
    let run = "\(folder.path)/run"
    try Program.succeed(
      [
        "baseline", method, "--preset", "lenet-cifar10", "--run-dir", run, "--data-dir", data,
        "--steps", "2",
      ]
        + [
          "baseline={batch: 16, sliceImages: 16, networks: 4, flows: {width: 6, reverseWidth: 7}}",
          "baseline.gains={couplings: 2, width: 6}", "validation.every=0",
          "target.layers=[convolution: {filters: 4, size: 5, stride: 4, padding: 2}, relu, "
            + "fullyConnected: {outputs: 8}, relu, fullyConnected: {outputs: 10}]",
        ].flatMap { ["--set", $0] })
    let (checkpoint, networks) = ("\(run)/checkpoints/latest", "\(run)/networks.h5")
    for file in [checkpoint, networks] {
      try expectEvaluations(of: file, hypernetwork: [:], data: data, in: folder)
    }
    let output = ["--output", "\(folder.path)/x.onnx", "--data-dir", data]
    for (arguments, message) in [
      ([checkpoint], "is a distribution of networks and no hypernetwork"),
      ([checkpoint, "--with-target"], "there is no hypernetwork in"),
      ([networks, "--with-target"], "there is no hypernetwork in"),
      ([networks, "--networks", "5"], "--networks 5: the file has 4 networks"),
    ] {
      try expectLine(["export"] + arguments + output, status: 2, message)
    }
    #expect(!FileManager.default.fileExists(atPath: output[1]))
  }

  /// One line on standard error, and no file.
  private func expectLine(
    _ arguments: [String], status: Int32, _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for ranks in [nil, 2] {
      let bad = try Program.run(arguments, ranks: ranks)
      #expect(
        bad.status == status && bad.errors.contains(message) && bad.output == "",
        "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
      #expect(!bad.errors.contains("MPI_ABORT"), "\(bad.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func badInput() throws {
    let run = try TrainedRun(["--steps", "1"])
    let output = run.file("x.onnx")
    let export = ["export", run.checkpoint]
    for (options, status, message) in [
      (["--output", output, "--networks", "0"], 2, "--networks must be at least 1"),
      (["--output", run.file("x.pb")], 2, "x.pb: the name must end in .onnx"),
      (
        ["--output", output, "--networks", "2", "--with-target"], 2,
        "--with-target takes latents and --networks has networks in their place"
      ),
      (
        ["--output", run.file("nowhere/x.onnx")], 1,
        "nowhere/x.onnx: No such file or directory; check the path, or choose another --output"
      ),
      (
        ["--output", output, "--networks", "900000"], 2, "and an ONNX file has at most 2147483647"
      ),
    ] as [([String], Int32, String)] {
      try expectLine(export + options, status: status, message)
    }
    let cut = run.file("cut.h5")
    let bytes = try Data(
      contentsOf: URL(filePath: run.checkpoint).resolvingSymlinksInPath())
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: cut))
    try expectLine(["export", cut, "--output", output], status: 1, "cut.h5")
    let toy = run.file("toy")
    try Program.succeed(["train", "--preset", "toy", "--steps", "2", "--run-dir", toy])
    try expectLine(
      ["export", "\(toy)/checkpoints/latest", "--output", output], status: 1,
      "the toy problem generates points of a plane and no networks")
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  /// Networks that predict numbers of a file of one's own, in its units.
  @Test(arguments: [
    ["none", "objective.loss=squared-error", "objective.noise=learned"],
    [
      "fixed", "objective.loss=gaussian-nll", "objective.noise=fixed",
      "objective.noiseDeviation=0.2",
    ],
    ["learned", "objective.loss=gaussian-nll", "objective.noise=learned"],
    ["output", "objective.loss=gaussian-nll", "objective.noise=output"],
  ]) func numbers(_ words: [String]) throws {
    let folder = TestFolder()
    let data = "\(folder.path)/data.h5"
    _ = try Python.output(
      of: """
        from sys import argv; import h5py, numpy
        random = numpy.random.default_rng(3)
        with h5py.File(argv[1], "w") as file:
            for split, count in (("train", 200), ("test", 40)):
                x = random.normal(size=(count, 3)) * [1, 20, 0.1] + [5, 0, -2]
                y = 50 + 10 * numpy.sin(x[:, :1]) + x[:, 1:2] + random.normal(size=(count, 1))
                file[f"{split}/inputs"] = x.astype("f4")
                file[f"{split}/targets"] = numpy.hstack([y, -0.01 * y**2]).astype("f4")
        """, [data])
    let outputs = ["learned", "output"].contains(words[0]) ? 4 : 2
    let settings = [
      "data.name=file", "data.path=\(data)", "data.normalize=channel", "data.validationCount=20",
      "training.latents=8", "training.imagesPerLatent=10", "hypernetwork.extractorHidden=[8]",
      "hypernetwork.generatorHidden=[[6], [6]]", "hypernetwork.generation=[]",
      "target.layers=[fullyConnected: {outputs: 6}, tanh, fullyConnected: {outputs: \(outputs)}]",
      "validation.every=0",
    ]
    let run = "\(folder.path)/run"
    try Program.succeed(
      ["train", "--preset", "regression-1d", "--steps", "20", "--run-dir", run]
        + (settings + words[1...]).flatMap { ["--set", $0] })
    let file = "\(run)/checkpoints/latest"
    let networks = ["--seed", "4"]
    try Program.succeed(
      [
        "evaluate", file, "--samples", "3", "--images", "40", "--save-probabilities",
        "\(folder.path)/probabilities.h5",
      ] + networks)
    try Program.succeed(
      ["export", file, "--networks", "3", "--output", "\(folder.path)/networks.onnx"] + networks)
    try Program.succeed(
      ["export", file, "--with-target", "--output", "\(folder.path)/ensemble.onnx"])
    try Program.succeed(
      ["sample", file, "--count", "3", "--output", "\(folder.path)/samples.h5"] + networks)
    let output = try Python.output(
      of: Program.pythonScript("check_export_numbers"), [folder.path, words[0]],
      modules: Self.modules)
    #expect(try #require(Double(output.trimmingCharacters(in: .whitespacesAndNewlines))) <= 1e-5)
  }

  /// README's lines as they are written there.
  @Test(.enabled(if: ImageFiles.mnist != nil)) func readmeOnMNIST() throws {
    let folder = TestFolder()
    let data = try #require(ImageFiles.mnist)
    let run = "\(folder.path)/run"
    try Program.succeed(
      [
        "train", "--preset", "mnist", "--run-dir", run, "--data-dir", data, "--steps", "20",
        "--set", "training.latents=8", "--set", "validation.every=0",
      ])
    let checkpoint = "\(run)/checkpoints/latest"
    let text = try Program.succeed(
      [
        "evaluate", checkpoint, "--samples", "5", "--images", "1000", "--no-temperature", "--json",
        "-",
        "--data-dir", data,
      ]
    ).output
    let figures = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let expected = try #require(figures?["mean_probability_accuracy"] as? Double)
    try Program.succeed(
      ["export", checkpoint, "--networks", "5", "--output", "\(folder.path)/networks.onnx"])
    let output = try ReadmePython.output(
      of: ReadmePython.block(1), beside: data, in: folder, modules: ["numpy", "onnxruntime"])
    let found = try #require(Double(output.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(abs(found - expected) < 2e-4)
  }
}
