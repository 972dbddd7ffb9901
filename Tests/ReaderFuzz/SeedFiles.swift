// Sound files, from which damaged ones are made.

import Checkpointing
import Files
import Foundation
import TestSupport

/// The files that readers take, made by the program and by hand.
struct SeedFiles {
  let folder: String
  private let program: String

  /// Those that another process has made.
  init(existingIn folder: String) { (self.folder, program) = (folder, "") }

  /// Makes all of them in `folder`.
  init(in folder: String, program: String) throws {
    self.folder = folder
    self.program = program
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let run = "\(folder)/run"
    try start([
      "train", "--preset", "quickstart", "--threads", "1", "--run-dir", run, "--steps", "2",
      "--set", "hypernetwork={latentSize: 2, extractorHidden: [3], generatorHidden: [[2]]}",
      "--set", "target.layers=[fullyConnected: {outputs: 10}]",
      "--set", "training={latents: 8, imagesPerLatent: 1, averageDecay: 0.9}",
      "--set", "validation={every: 1, samples: 2}", "--set", "metrics.every=1",
    ])
    for name in ["networks.h5", "networks.safetensors"] {
      try start([
        "sample", "\(run)/checkpoints/latest", "--count", "2", "--output", "\(folder)/\(name)",
      ])
    }
    try writeData()
    try writeIDX()
    try writeRecords()
  }

  /// Paths of the sound files of a reader.
  func files(of reader: FuzzedReader) throws -> [String] {
    let run = "\(folder)/run"
    switch reader {
    case .checkpoint: return ["\(run)/checkpoints/step-00000002.h5"]
    case .samples: return ["\(folder)/networks.h5"]
    case .safetensors: return ["\(folder)/networks.safetensors"]
    case .data: return ["\(folder)/bytes.h5", "\(folder)/floats.h5"]
    case .idx: return ["\(folder)/images", "\(folder)/labels"]
    case .cifar: return ["\(folder)/cifar.sound/data_batch_3.bin"]
    case .yaml:
      return try names(in: RepositoryFile("Configs").url.path) { $0.hasSuffix(".yaml") }
    case .json: return ["\(run)/log.jsonl"]
    case .metrics: return ["\(run)/metrics.csv"]
    case .events: return try names(in: run) { $0.hasPrefix("events.") }
    }
  }

  private func names(in folder: String, where isOne: (String) -> Bool) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter(isOne).sorted()
      .map { "\(folder)/\($0)" }
  }

  private func start(_ arguments: [String]) throws {
    let (output, errors) = ("\(folder)/output", "\(folder)/errors")
    let status = try ChildProcess(
      [program] + arguments, environment: ProcessInfo.processInfo.environment, output: output,
      errors: errors
    ).wait()
    guard status == 0 else {
      throw CannotMake(description: try String(contentsOfFile: errors, encoding: .utf8))
    }
  }

  private struct CannotMake: Error, CustomStringConvertible { let description: String }

  private func writeData() throws {
    let bytes = try ArrayFileWriter("\(folder)/bytes.h5")
    let floats = try ArrayFileWriter("\(folder)/floats.h5")
    for (split, count) in [("train", 6), ("test", 3)] {
      try bytes.write(
        "\(split)/inputs", shape: [count, 1, 4, 4], (0..<count * 16).map { UInt8($0 & 255) })
      try bytes.write("\(split)/labels", shape: [count], (0..<count).map { Int64($0 % 3) })
      try floats.write(
        "\(split)/inputs", shape: [count, 5], (0..<count * 5).map { Float($0) / 7 })
      try floats.write(
        "\(split)/targets", shape: [count, 2], (0..<count * 2).map { Float($0) / 3 })
    }
    try bytes.close()
    try floats.close()
  }

  private func writeIDX() throws {
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 8, 0, 0, 0, 28, 0, 0, 0, 28]
    try write(images + (0..<8 * 784).map { UInt8($0 & 255) }, "images")
    try write([0, 0, 8, 1, 0, 0, 0, 8] + (0..<8).map { UInt8($0) }, "labels")
  }

  /// Files without content: sparse, of 10,000 black images of class 0 each.
  private func writeRecords() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: "\(folder)/cifar.sound", withIntermediateDirectories: true)
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      try write([], "cifar.sound/\(name)")
      truncate("\(folder)/cifar.sound/\(name)", 30_730_000)
    }
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
  }
}
