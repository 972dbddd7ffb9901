import Foundation
import RankLauncher
import Testing

/// Sample files drive PyTorch: the accuracies it computes are those of `evaluate`, network by network.
@Suite(.serialized) struct PyTorchTests {
  private static func isPresent(_ name: String, _ file: String) -> Bool {
    (try? folder(of: name, file)) != nil
  }

  private static func folder(of name: String, _ file: String) throws -> String {
    let data = try #require(ProcessInfo.processInfo.environment["HYPERDIST_DATA"])
    let names = name == "mnist" ? ["mnist"] : ["cifar-10-batches-bin"]
    return try #require(
      ([data] + names.map { "\(data)/\($0)" }).first {
        FileManager.default.fileExists(atPath: "\($0)/\(file)")
      })
  }

  /// `evaluate`'s accuracies of three networks, whose weights are in `networks.h5` of the folder afterwards.
  private func accuracies(_ options: [String], images: Int, in folder: TestFolder) throws
    -> [Double]
  {
    let run = "\(folder.path)/run"
    try Program.succeed(
      ["train", "--run-dir", run, "--set", "validation.every=0", "--threads", "1"] + options)
    let checkpoint = "\(run)/checkpoints/latest"
    let statistics = ["--statistics-images", "64", "--threads", "1"]
    try Program.succeed(
      ["sample", checkpoint, "--count", "3", "--output", "\(folder.path)/networks.h5"] + statistics,
      ranks: 2)
    let output = try Program.succeed(
      [
        "evaluate", checkpoint, "--samples", "3", "--images", "\(images)", "--no-temperature",
        "--json", "-",
      ] + statistics
    ).output
    let figures = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    return try #require(figures?["accuracies"] as? [Double])
  }

  private func expectEqual(_ output: String, _ expected: [Double]) {
    let found = output.split(whereSeparator: \.isNewline).compactMap { Double($0) }
    #expect(found.count == expected.count, "\(output)")
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6, "\(found), not \(expected)") }
  }

  /// README's lines as they are written there.
  @Test(.enabled(if: isPresent("mnist", "t10k-images-idx3-ubyte.gz"))) func readmeOnMNIST() throws {
    let folder = try TestFolder()
    let expected = try accuracies(
      ["--preset", "mnist", "--steps", "40", "--set", "training.latents=8"], images: 10_000,
      in: folder)
    let readme = try String(
      contentsOf: URL(filePath: #filePath).appending(path: "../../../README.md").standardized,
      encoding: .utf8)
    let block = try #require(
      readme.components(separatedBy: "```python\n").dropFirst().first?
        .components(separatedBy: "```").first)
    #expect(block.split(separator: "\n").count <= 12)
    let data = try Self.folder(of: "mnist", "t10k-images-idx3-ubyte.gz")
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(data)/\(name)")
    }
    expectEqual(
      try Python.output(
        of: "import os\nos.chdir(\"\(folder.path)\")\n" + block, [],
        modules: ["h5py", "numpy", "torch"]), expected)
  }

  @Test(
    .enabled(if: isPresent("cifar10", "test_batch.bin")),
    arguments: [
      ["--preset", "lenet-cifar10", "--set", "objective.entropy.candidates=0"],
      [
        "--preset", "resnet32-cifar10", "--set", "objective.entropy.candidates=0", "--set",
        "target.layers=[convolution: {filters: 6, size: 3, stride: 1, padding: 1}, normalization, relu, "
          + "residualStage: {blocks: 2, filters: 6, stride: 1}, residualStage: {blocks: 1, filters: 12, "
          + "stride: 2}, globalAveragePool, fullyConnected: {outputs: 10}]",
        "--set", "hypernetwork.generatorHidden=[[20, 20], [20, 20], [20, 20], [20, 20]]",
      ],
    ])
  func networksOnCIFAR(_ options: [String]) throws {
    let folder = try TestFolder()
    let images = 500
    let expected = try accuracies(
      options + [
        "--steps", "10", "--set", "training.latents=8", "--set", "distribution.shards=8", "--set",
        "training.imagesPerLatent=8", "--set", "data.normalize=none",
      ], images: images, in: folder)
    let batch = try Self.folder(of: "cifar10", "test_batch.bin") + "/test_batch.bin"
    expectEqual(
      try Python.output(
        of: Program.pythonScript("cifar_networks"),
        ["\(folder.path)/networks.h5", batch, "\(images)"], modules: ["h5py", "numpy", "torch"]),
      expected)
  }
}
