// What reads files that others may have made.

import Checkpointing
import Configurations
import Datasets
import Files
import Host
import Numerics
import RunFiles
import TrainedModels

/// A reader of the product, and the files that are sound to it.
enum FuzzedReader: String, CaseIterable {
  case checkpoint
  case samples
  case safetensors
  case data
  case idx
  case cifar
  case yaml
  case json
  case metrics
  case events

  /// Reads a file as the product's commands do. Throws what they would print.
  func read(_ path: String, in folder: String) throws {
    switch self {
    case .checkpoint:
      _ = try CheckpointSummary(checkpoint: path)
      _ = try TrainedNetworks(file: path, nil, given: nil)
    case .samples, .safetensors:
      let networks = try TrainedNetworks(file: path, nil, given: nil)
      _ = try networks.networks(threadCount: 1)
    case .data:
      _ = try DataFile.load(path, dataDirectory: nil, validationCount: 2)
    case .idx:
      let shape = ImageShape(channels: 1, height: 28, width: 28)
      if path.hasSuffix("labels") {
        _ = try IDXFile.readLabels(path: path, classCount: 10, counts: [6, 2])
      } else {
        _ = try IDXFile.readImages(path: path, shape: shape, counts: [6, 2])
      }
    case .cifar:
      _ = try DatasetCatalog.load(name: "cifar10", dataDirectory: folder, validationCount: 5000)
    case .yaml:
      let text = try WholeFile.text(path) ?? ""
      _ = try Configuration.parse(yaml: text, source: path)
    case .json:
      let bytes = try WholeFile.bytes(path) ?? []
      _ = JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
      _ = try EventLog.read(path)
    case .metrics:
      _ = try MetricsFile.read(path)
    case .events:
      let bytes = try WholeFile.bytes(path) ?? []
      _ = TFRecord.records(of: bytes).count
    }
  }

  /// Whether the program has no reader for such files: it writes safetensors, and tells whoever gives it one what it is.
  var refusesAll: Bool { self == .safetensors }

  /// Whether what it reads is text.
  var readsText: Bool { [.yaml, .json, .metrics].contains(self) }

  /// The name that a mutated file must have to be read.
  func name(of seed: String) -> String { seed.split(separator: "/").last.map(String.init) ?? seed }
}
