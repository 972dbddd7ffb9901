// Evaluated networks against the same networks in PyTorch.

import Foundation
import TestSupport
import Testing

/// Sample files drive PyTorch: the accuracies it computes are those of `evaluate`, network by network.
@Suite(.serialized) struct PyTorchTests {
  /// The folder of HYPERDIST_DATA that holds `file`, of the data set's published files in `subfolder`.
  private static func folder(_ subfolder: String, with file: String) -> String? {
    guard let data = ProcessInfo.processInfo.environment["HYPERDIST_DATA"] else { return nil }
    return [data, "\(data)/\(subfolder)"].first {
      FileManager.default.fileExists(atPath: "\($0)/\(file)")
    }
  }

  private static let mnist = folder("mnist", with: "t10k-images-idx3-ubyte.gz")
  private static let cifar10 = folder("cifar-10-batches-bin", with: "test_batch.bin")

  /// `evaluate`'s accuracies of three networks; their weights are in `networks.h5` of the folder afterwards, their
  /// probabilities in `probabilities.h5`.
  private func accuracies(
    _ options: [String], data: String, images: Int, in folder: TestFolder
  ) throws -> [Double] {
    let run = "\(folder.path)/run"
    let common = ["--data-dir", data, "--threads", "1"]
    try Program.succeed(
      ["train", "--run-dir", run, "--set", "validation.every=0"] + common + options)
    let checkpoint = "\(run)/checkpoints/latest"
    let statistics = ["--statistics-images", "64"] + common
    try Program.succeed(
      ["sample", checkpoint, "--count", "3", "--output", "\(folder.path)/networks.h5"] + statistics,
      ranks: 2)
    let output = try Program.succeed(
      [
        "evaluate", checkpoint, "--samples", "3", "--images", "\(images)", "--no-temperature",
        "--json", "-", "--save-probabilities", "\(folder.path)/probabilities.h5",
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
  @Test(.enabled(if: mnist != nil)) func readmeOnMNIST() throws {
    let folder = TestFolder()
    let data = try #require(Self.mnist)
    let expected = try accuracies(
      ["--preset", "mnist", "--steps", "40", "--set", "training.latents=8"], data: data,
      images: 10_000, in: folder)
    let readme = try String(
      contentsOf: URL(filePath: #filePath).appending(path: "../../../README.md").standardized,
      encoding: .utf8)
    let block = try #require(
      readme.components(separatedBy: "```python\n").dropFirst().first?
        .components(separatedBy: "```").first)
    #expect(block.split(separator: "\n").count <= 12)
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(data)/\(name)")
    }
    expectEqual(
      try Python.output(
        of: "import os\nos.chdir(\"\(folder.path)\")\n" + block, [],
        modules: ["h5py", "numpy", "torch"]), expected)
  }

  /// LeNet and ResNet-32, on CIFAR-10 where it is present, else on bands in its files' format.
  /// Networks trained so little say much the same of all images, so their probabilities are compared as well.
  @Test(arguments: ["lenet-cifar10", "resnet32-cifar10"])
  func networksOnCIFAR(preset: String) throws {
    let folder = TestFolder()
    let data = try Self.cifar10 ?? bands(in: folder)
    let images = 500
    let expected = try accuracies(
      [
        "--preset", preset, "--steps", "5", "--set", "objective.entropy.candidates=0", "--set",
        "objective.committee=4", "--set", "training.latents=8", "--set", "distribution.shards=8",
        "--set",
        "training.imagesPerLatent=8", "--set", "data.normalize=none",
      ], data: data, images: images, in: folder)
    expectEqual(
      try Python.output(
        of: Program.pythonScript("cifar_networks"),
        [
          "\(folder.path)/networks.h5", "\(data)/test_batch.bin", "\(images)",
          "\(folder.path)/probabilities.h5",
        ],
        modules: ["h5py", "numpy", "torch"]),
      expected)
  }

  /// A folder of files in the format of CIFAR-10: random labels, images of bands of eight rows, each of a random
  /// brightness. (Networks take images of pixel noise for one another.)
  private func bands(in folder: TestFolder) throws -> String {
    let data = "\(folder.path)/cifar-10-batches-bin"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    let (records, size) = (10_000, 3073)
    for (file, name) in ((1...5).map { "data_batch_\($0)" } + ["test_batch"]).enumerated() {
      var bytes = Data(count: records * size)
      bytes.withUnsafeMutableBytes { bytes in
        var state = UInt64(file + 1)
        for index in bytes.indices {
          let position = index % size
          if position == 0 || position % 256 == 1 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          }
          let byte = UInt8(state >> 56)
          bytes[index] = position == 0 ? byte % 10 : byte
        }
      }
      try bytes.write(to: URL(filePath: "\(data)/\(name).bin"))
    }
    return data
  }
}
