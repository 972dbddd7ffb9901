// Data sets of one's own from their file to a report, and the same bits on any number of ranks.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct OwnDataTests {
  private let folder = TestFolder()

  /// Images of three channels and seven classes, each class brighter in a place of its own.
  private static let threeChannels = """
    from sys import argv; import h5py, numpy, sys
    random = numpy.random.default_rng(3)
    def split(f, name, count):
        y = random.integers(0, 7, count)
        x = random.integers(0, 60, (count, 3, 6, 5)).astype("uint8")
        x[numpy.arange(count), y % 3, y % 6, y % 5] = 255
        f[name + "/inputs"], f[name + "/labels"] = x, y
    with h5py.File(sys.argv[1], "w") as f:
        split(f, "train", 240)
        split(f, "test", 70)
        f.attrs["class_names"] = list("abcdefg")
    """

  private func configuration(
    _ path: String, layers: [String], generators: Int, normalize: String = "none"
  )
    -> String
  {
    let text = """
      preset: quickstart
      training: {steps: 12, latents: 8, imagesPerLatent: 8, learningRate: 0.003}
      data: {name: file, path: "\(path)", validationCount: 40, normalize: \(normalize)}
      validation: {every: 6, samples: 5}
      metrics: {every: 1}
      checkpoint: {every: 6}
      target:
        layers:
      \(layers.map { "    - \($0)\n" }.joined())
      hypernetwork: {latentSize: 12, extractorHidden: [16], codeSize: 4, generatorHidden: [\(Array(repeating: "[8]", count: generators).joined(separator: ", "))]}
      """
    return folder.write(text, to: "own.yaml")
  }

  @Test func threeChannelsAndSevenClassesTakeEveryCommand() throws {
    let path = "\(folder.path)/three.h5"
    _ = try Python.output(of: Self.threeChannels, [path])
    let verified = try Program.succeed(["data", "verify", path])
    #expect(verified.output.contains("240 inputs of 3x6x5, uint8"))
    #expect(verified.output.contains("7 classes (a: "))
    let config = configuration(
      path,
      layers: [
        "convolution: {filters: 6, size: 3, stride: 1, padding: same}", "leakyReLU: {slope: 0.1}",
        "maxPool: {size: 2, stride: 2}", "fullyConnected: {outputs: 12}", "tanh",
        "fullyConnected: {outputs: 7}",
      ], generators: 3, normalize: "channel")
    let run = "\(folder.path)/run"
    try Program.succeed(["train", "--config", config, "--run-dir", run, "--threads", "1"])
    let latest = "\(run)/checkpoints/latest"
    let resolved = try contents(of: "\(run)/config.yaml")
    #expect(resolved.contains("inputs: [3, 6, 5]") && resolved.contains("classes: 7"))

    let evaluated = try Program.succeed(
      ["evaluate", latest, "--samples", "4", "--threads", "1", "--json", "-", "--ood", "noise"])
    #expect(
      evaluated.output.contains("\"images\": 70")
        && evaluated.output.contains("\"data\": \"three.h5\"")
        && evaluated.output.contains("\"class\": \"g\""))
    #expect(evaluated.errors.contains("mistaken for"), "\(evaluated.errors)")
    for kind in ["accuracy", "scatter", "similarity"] {
      try Program.succeed(
        ["analyze", kind, latest, "--samples", "4", "--images", "20", "--threads", "1"])
    }
    let networks = "\(folder.path)/networks.h5"
    let mean = "\(folder.path)/mean.h5"
    try Program.succeed(
      ["distill", latest, "--samples", "4", "--output", mean, "--threads", "1"])
    try Program.succeed([
      "baseline", "sgd", "--config", config, "--run-dir", "\(folder.path)/sgd",
      "--set", "baseline.steps=3", "--set", "baseline.batch=8", "--set", "baseline.sliceImages=8",
      "--threads", "1",
    ])
    try Program.succeed(
      [
        "compare", run, "\(folder.path)/sgd", "--samples", "3", "--output",
        "\(folder.path)/compared", "--threads", "1",
      ])
    try Program.succeed(["report", run])

    // Networks go where their data are not.
    try FileManager.default.removeItem(atPath: path)
    try Program.succeed(["sample", latest, "--count", "3", "--output", networks, "--threads", "1"])
    try Program.succeed(["inspect", latest])
    let tensors = "\(folder.path)/networks.safetensors"
    try Program.succeed(["sample", latest, "--count", "3", "--output", tensors, "--threads", "1"])
    let kept = try Python.output(
      of: """
        from sys import argv; import h5py, json, sys
        for path in sys.argv[1:]:
            if path.endswith(".safetensors"):
                file = open(path, "rb")
                told = json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]
            else:
                told = h5py.File(path).attrs
            data = json.loads(told["data"])
            assert data["inputs"] == [3, 6, 5] and data["classes"] == 7 and data["bytes"] is True
            assert data["class_names"] == list("abcdefg")
            assert len(data["input_means"]) == 3 and all(0 < d < 1 for d in data["input_deviations"])
        print("kept")
        """, [latest, networks, mean, tensors])
    #expect(kept == "kept\n")
    let missing = try Program.run(["evaluate", latest, "--samples", "2", "--threads", "1"])
    #expect(missing.status == 1 && missing.errors.contains("three.h5: there is no such file"))
  }

  /// A network of every activation, its inputs scaled by what its file says.
  @Test func networksAreThoseOfPyTorch() throws {
    let path = "\(folder.path)/three.h5"
    _ = try Python.output(of: Self.threeChannels, [path])
    let config = configuration(
      path,
      layers: [
        "convolution: {filters: 6, size: 3, stride: 1, padding: same}", "leakyReLU: {slope: 0.1}",
        "maxPool: {size: 2, stride: 2}", "fullyConnected: {outputs: 12}", "tanh",
        "fullyConnected: {outputs: 7}",
      ], generators: 3, normalize: "channel")
    let run = "\(folder.path)/run"
    try Program.succeed(
      ["train", "--config", config, "--run-dir", run, "--steps", "40", "--threads", "1"]
        + [
          "objective.gauge=scale-permutation", "hypernetwork.center=true",
          "training.learningRate=0.01",
          "hypernetwork.initialization=target", "validation.every=0",
        ].flatMap { ["--set", $0] })
    let (networks, figures) = ("\(folder.path)/networks.h5", "\(folder.path)/figures.json")
    let latest = "\(run)/checkpoints/latest"
    try Program.succeed(["sample", latest, "--count", "6", "--output", networks, "--threads", "1"])
    try Program.succeed(["evaluate", latest, "--samples", "6", "--json", figures, "--threads", "1"])
    let found = try Python.output(
      of: """
        from sys import argv; import h5py, json, torch
        from torch.nn.functional import conv2d, linear, max_pool2d, leaky_relu
        f = h5py.File(argv[1])
        data, w = json.loads(f.attrs["data"]), f["weights"]
        test = h5py.File(argv[2])["test"]
        def column(name): return torch.tensor(data[name]).reshape(1, -1, 1, 1)
        x = (torch.tensor(test["inputs"][:]) / 255 - column("input_means")) / column("input_deviations")
        labels = torch.tensor(test["labels"][:])
        expected = json.load(open(argv[3]))["accuracies"]
        assert len(expected) == 6 and len(set(expected)) > 1
        for i in range(6):
            (k1, b1), (k2, b2), (k3, b3) = [
                [torch.tensor(w[f"layer{l}/{n}"][i]) for n in ("kernel", "bias")] for l in (1, 2, 3)]
            h = max_pool2d(leaky_relu(conv2d(x.float(), k1, b1, padding=1), 0.1), 2)
            y = linear(torch.tanh(linear(h.flatten(1), k2, b2)), k3, b3)
            assert abs((y.argmax(1) == labels).double().mean().item() - expected[i]) < 1e-9
        print("same")
        """, [networks, path, figures], modules: ["h5py", "torch"])
    #expect(found == "same\n")
  }

  /// Floats in chunks, by feature, with classes or numbers to predict: every rank of a machine maps one unpacked copy.
  @Test(arguments: ["labels", "targets"])
  func sameBitsAtAnyRankCountAndAfterResume(answers: String) throws {
    let path = "\(folder.path)/features.h5"
    _ = try Python.output(
      of: """
        from sys import argv; import h5py, numpy, sys
        random = numpy.random.default_rng(1)
        y = random.integers(0, 3, 200)
        x = (random.normal(size=(200, 9)) * numpy.arange(1, 10) + y[:, None]).astype("float32")
        targets = numpy.stack([50 + x.sum(1), numpy.sin(x[:, 0])], 1).astype("float32")
        with h5py.File(sys.argv[1], "w") as f:
            f.create_dataset("train/inputs", data=x, chunks=(32, 9), compression="gzip")
            f["train/" + sys.argv[2]] = y if sys.argv[2] == "labels" else targets
        """, [path, answers])
    let numbers = answers == "targets"
    let config = configuration(
      path,
      layers: [
        "fullyConnected: {outputs: 10}", "tanh", "fullyConnected: {outputs: 8}",
        "leakyReLU: {slope: 0.2}", "fullyConnected: {outputs: \(numbers ? 4 : 3)}",
      ], generators: 3, normalize: "channel")
    let environment = ["XDG_CACHE_HOME": "\(folder.path)/cache"]
    let loss = numbers ? ["objective={loss: gaussian-nll, noise: output}"] : []
    func train(_ name: String, ranks: Int, steps: Int = 12, exchange: String = "allgather") throws {
      try Program.succeed(
        [
          "train", "--config", config, "--run-dir", "\(folder.path)/\(name)", "--steps", "\(steps)",
          "--threads", ranks == 2 ? "2" : "1",
        ]
          + (loss + [
            "training.scheduleSteps=12", "validation.every=3", "distribution.exchange=\(exchange)",
          ]).flatMap {
            ["--set", $0]
          }, ranks: ranks, environment: environment)
    }
    func outcome(_ name: String) throws -> [[String]] {
      try [[Program.digest(of: "\(folder.path)/\(name)")]]
        + Program.metrics(of: "\(folder.path)/\(name)")
    }
    try train("1", ranks: 1)
    let expected = try outcome("1")
    #expect(expected.count == 14)
    for ranks in 2...4 {
      try train("\(ranks)", ranks: ranks, exchange: ranks == 3 ? "sliced" : "allgather")
      #expect(try outcome("\(ranks)") == expected, "\(ranks) ranks")
    }
    try train("chain", ranks: 3, steps: 6)
    try train("chain", ranks: 1, steps: 9)
    try train("chain", ranks: 2)
    #expect(try outcome("chain") == expected, "resumed")
    let copies = folder.names(in: "cache/hyperdist/unpacked").filter { !$0.hasSuffix(".lock") }
    #expect(copies.count == 1)
  }

  /// Rows of validation that the file has are what is validated on, and none of training are set aside.
  @Test func validationRowsOfTheFileAreTaken() throws {
    let path = "\(folder.path)/split.h5"
    _ = try Python.output(
      of: """
        from sys import argv; import h5py, numpy, sys
        random = numpy.random.default_rng(2)
        with h5py.File(sys.argv[1], "w") as f:
            for split, count in (("train", 64), ("validation", 10), ("test", 7)):
                y = random.integers(0, 3, count)
                f[split + "/labels"] = numpy.where(numpy.arange(count) < 3, numpy.arange(count), y)
                f[split + "/inputs"] = random.normal(size=(count, 4)).astype("float32")
        """, [path])
    let config = configuration(path, layers: ["fullyConnected: {outputs: 3}"], generators: 1)
    let run = "\(folder.path)/split"
    for count in [0, 64] {
      try Program.succeed(
        [
          "train", "--config", config, "--run-dir", "\(run)-\(count)", "--threads", "1",
          "--set", "data.validationCount=\(count)",
        ])
      let metrics = try Program.metrics(of: "\(run)-\(count)")
      let column = try #require(metrics[0].firstIndex(of: "validation_mean_accuracy"))
      #expect(metrics.dropFirst().count { !$0[column].isEmpty } == 2)
      let evaluated = try Program.succeed(
        [
          "evaluate", "\(run)-\(count)/checkpoints/latest", "--samples", "2", "--split",
          "validation",
        ])
      #expect(evaluated.output.contains("2 networks on 10 validation images of split.h5"))
    }
  }

  /// scikit-learn's digits from NumPy's file: some hundred steps tell most of them.
  @Test func digitsAreLearned() throws {
    let (source, path) = ("\(folder.path)/digits.npz", "\(folder.path)/digits.h5")
    _ = try Python.output(
      of: """
        from sys import argv; import numpy, sys
        from sklearn.datasets import load_digits
        digits = load_digits()
        numpy.savez(sys.argv[1], data=digits.data, target=digits.target)
        """, [source], modules: ["sklearn", "numpy"])
    let imported = try Program.succeed(["data", "import", source, "--output", path])
    #expect(
      imported.output.contains("train: 1438 rows") && imported.output.contains("test: 359 rows"))
    let printed = try Program.succeed(["data", "configure", path]).output
    let given = try Program.succeed([
      "inspect", "--config", folder.write(printed, to: "given.yaml"),
    ])
    #expect(given.output.contains("digits.h5 (64x1x1)") && printed.contains("outputs: 10}"))
    let config = configuration(
      path,
      layers: ["fullyConnected: {outputs: 24}", "relu", "fullyConnected: {outputs: 10}"],
      generators: 2, normalize: "channel")
    let run = "\(folder.path)/run"
    try Program.succeed(
      [
        "train", "--config", config, "--run-dir", run, "--steps", "150", "--threads", "1",
        "--set", "validation.every=0", "--set", "metrics.every=50", "--set",
        "hypernetwork.center=true",
        "--set", "hypernetwork.initialization=target-small", "--set", "hypernetwork.spread=0.1",
        "--set", "training.learningRate=0.01", "--set", "objective.diversity=none",
        "--set", "training.imagesPerLatent=32",
      ])
    let evaluated = try Program.succeed(
      ["evaluate", "\(run)/checkpoints/latest", "--samples", "5", "--threads", "1", "--json", "-"])
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    let accuracy = try #require(json["mean_accuracy"] as? Double)
    #expect(accuracy > 0.85, "\(accuracy)")
  }

  /// scikit-learn's diabetes from a table, by the configuration that the program gives: nearer than the targets' mean, of whose deviation of 77
  /// good predictions leave 55.
  @Test func numbersOfATableAreLearned() throws {
    let (source, path) = ("\(folder.path)/diabetes.csv", "\(folder.path)/diabetes.h5")
    _ = try Python.output(
      of: """
        from sys import argv; import csv
        from sklearn.datasets import load_diabetes
        rows = load_diabetes(scaled=False)
        table = csv.writer(open(argv[1], "w"))
        table.writerow(list(rows.feature_names) + ["progression"])
        table.writerows(list(x) + [y] for x, y in zip(rows.data, rows.target))
        """, [source], modules: ["sklearn"])
    try Program.succeed([
      "data", "import", source, "--output", path, "--target", "progression",
    ])
    let config = folder.write(
      try Program.succeed(["data", "configure", path]).output, to: "given.yaml")
    let run = "\(folder.path)/run"
    try Program.succeed(["train", "--config", config, "--run-dir", run, "--threads", "2"])
    let evaluated = try Program.succeed(
      ["evaluate", "\(run)/checkpoints/latest", "--samples", "20", "--json", "-"])
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    let (rmse, nll) = (
      try #require(json["rmse"] as? Double), try #require(json["nll"] as? Double)
    )
    // Of one normal density of all targets: 5.77.
    #expect(rmse < 65 && nll < 5.7, "\(rmse), \(nll)")
    #expect((json["targets"] as? Int) == 1 && (json["images"] as? Int) == 88)
  }

  @Test func everyFaultIsToldBeforeTheWork() throws {
    let path = "\(folder.path)/three.h5"
    _ = try Python.output(of: Self.threeChannels, [path])
    func fails(
      _ expected: String, _ settings: String..., outputs: Int = 7, status: Int32 = 2,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let config = configuration(
        path, layers: ["fullyConnected: {outputs: \(outputs)}"], generators: 1)
      let options = settings.flatMap { ["--set", $0] }
      let run = try Program.run(
        ["train", "--config", config, "--run-dir", "\(folder.path)/bad", "--threads", "1"] + options
      )
      #expect(
        run.status == status && run.errors.contains(expected), "\(run.errors)",
        sourceLocation: sourceLocation)
      #expect(!run.errors.contains("Fatal"), sourceLocation: sourceLocation)
    }
    try fails(
      "the last layer has 5 outputs, three.h5 has 7 classes", outputs: 5)
    try fails("/nowhere.h5: there is no such file", "data.path=/nowhere.h5")
    try fails("name the HDF5 file of the data set", "data.path=''")
    try fails(
      "300 validation images leave none of three.h5's 240 to train on",
      "data.validationCount=300")
    try fails(
      "it has inputs of 3x6x5 and 7 classes, the configuration says 2x6x5 and 7 classes",
      "data.inputs=[2,6,5]", "data.classes=7", status: 1)
    try fails("2 numbers (allowed: [features], or [channels, rows, columns])", "data.inputs=[2,6]")
  }
}
