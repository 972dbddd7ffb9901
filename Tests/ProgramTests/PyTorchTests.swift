// Evaluated networks against the same networks in PyTorch.

import Foundation
import TestSupport
import Testing

/// Sample files drive PyTorch: the accuracies it computes are those of `evaluate`, network by network.
@Suite(.serialized) struct PyTorchTests {
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
  @Test(.enabled(if: ImageFiles.mnist != nil)) func readmeOnMNIST() throws {
    let folder = TestFolder()
    let data = try #require(ImageFiles.mnist)
    let expected = try accuracies(
      ["--preset", "mnist", "--steps", "40", "--set", "training.latents=8"], data: data,
      images: 10_000, in: folder)
    let block = try ReadmePython.block(0)
    #expect(block.split(separator: "\n").count <= 12)
    expectEqual(
      try ReadmePython.output(
        of: block, beside: data, in: folder, modules: ["h5py", "numpy", "torch"]),
      expected)
  }

  /// LeNet and ResNet-32, on CIFAR-10 where it is present, else on bands in its files' format.
  /// Networks trained so little say much the same of all images, so their probabilities are compared as well.
  @Test(arguments: ["lenet-cifar10", "resnet32-cifar10"])
  func networksOnCIFAR(preset: String) throws {
    let folder = TestFolder()
    let data = try ImageFiles.cifar10 ?? ImageFiles.bands(in: folder)
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
}
