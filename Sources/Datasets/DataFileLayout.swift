// The shapes of a data file, each of which must fit the others.

import Checkpointing
import Numerics

/// What a data file holds, seen without its inputs.
struct DataFileLayout {
  /// The inputs of a split and their answers.
  struct Split {
    let name: String
    let inputs: StoredArray
    let answers: StoredArray

    var count: Int { inputs.shape[0] }
    var hasLabels: Bool { answers.name.hasSuffix("labels") }
  }

  let file: ArrayFile
  let training: Split
  let validation: Split?
  let test: Split?
  let shape: ImageShape
  let names: DataNames
  var classNames: [String]? { names.classes.isEmpty ? nil : names.classes }

  var path: String { file.path }
  /// The file's name.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  init(_ path: String) throws(DatasetError) {
    file = try reported { try ArrayFile(path) }
    guard let training = try Self.split("train", of: file) else {
      throw .malformed(
        path: path,
        problem: "has no train/inputs, (count, channel, row, column) or (count, features)")
    }
    self.training = training
    validation = try Self.split("validation", of: file)
    test = try Self.split("test", of: file)
    let extents = training.inputs.shape.dropFirst()
    shape =
      extents.count == 1
      ? ImageShape(channels: extents[1], height: 1, width: 1)
      : ImageShape(channels: extents[1], height: extents[2], width: extents[3])
    names = try Self.names(of: file, training)
    for split in [validation, test].compactMap(\.self) {
      try Self.requireLike(split, training, path: path)
    }
  }

  /// Names that the file has, each as many as it must have.
  private static func names(of file: ArrayFile, _ training: Split) throws(DatasetError) -> DataNames
  {
    func list(_ attribute: String, _ count: Int?, _ what: String) throws(DatasetError) -> [String] {
      guard let names = try reported({ try file.texts(attribute) }) else { return [] }
      if let count, names.count != count {
        throw .malformed(
          path: file.path, problem: "\(attribute) has \(names.count) names for \(count) \(what)")
      }
      return names
    }
    var names = DataNames()
    names.features = try list("feature_names", training.inputs.shape[1], "features or channels")
    if training.hasLabels {
      names.classes = try list("class_names", nil, "classes")
    } else {
      names.targets = try list("target_names", training.answers.shape[1], "targets")
    }
    return names
  }

  private static func split(_ name: String, of file: ArrayFile) throws(DatasetError) -> Split? {
    func problem(_ text: String) -> DatasetError { .malformed(path: file.path, problem: text) }
    func array(_ kind: String) throws(DatasetError) -> StoredArray? {
      try reported { try file.array("\(name)/\(kind)") }
    }
    let (inputs, labels, targets) = (
      try array("inputs"), try array("labels"), try array("targets")
    )
    guard let inputs else {
      guard let answers = labels ?? targets else { return nil }
      throw problem("has \(answers.name) and no \(name)/inputs")
    }
    guard labels == nil || targets == nil else {
      throw problem("has \(name)/labels and \(name)/targets: keep the one that is to be predicted")
    }
    guard let answers = labels ?? targets else {
      throw problem("has \(name)/inputs and neither \(name)/labels nor \(name)/targets")
    }
    guard [2, 4].contains(inputs.shape.count) else {
      throw problem(
        "\(inputs.name) has shape \(inputs.shape): inputs are (count, channel, row, column) or (count, features)"
      )
    }
    guard !inputs.shape.contains(0) else {
      throw problem("\(inputs.name) is empty: its shape is \(inputs.shape)")
    }
    guard inputs.kind == .uint8 || inputs.kind == .float32 else {
      throw problem("\(inputs.name) are \(inputs.kind.text): inputs are uint8 or float32")
    }
    if labels != nil {
      guard answers.shape.count == 1 else {
        throw problem("\(answers.name) has shape \(answers.shape): labels are (count)")
      }
      guard answers.kind.isWhole else {
        throw problem(
          "\(answers.name) are \(answers.kind.text): labels are whole numbers (numbers to predict are \(name)/targets, float32)"
        )
      }
    } else {
      guard answers.shape.count == 2, answers.shape[1] > 0 else {
        throw problem("\(answers.name) has shape \(answers.shape): targets are (count, outputs)")
      }
      guard answers.kind == .float32 else {
        throw problem("\(answers.name) are \(answers.kind.text): targets are float32")
      }
    }
    guard inputs.shape[0] == answers.shape[0] else {
      throw problem(
        "\(inputs.name) has \(inputs.shape[0]) rows and \(answers.name) \(answers.shape[0])")
    }
    guard inputs.shape[0] <= Int(Int32.max) else {
      throw problem(
        "\(inputs.name) has \(inputs.shape[0]) rows: at most \(Int32.max) can be numbered")
    }
    return Split(name: name, inputs: inputs, answers: answers)
  }

  private static func requireLike(_ split: Split, _ training: Split, path: String)
    throws(DatasetError)
  {
    for (own, other) in [(split.inputs, training.inputs), (split.answers, training.answers)] {
      guard own.name.dropFirst(split.name.count) == other.name.dropFirst(training.name.count) else {
        throw .malformed(path: path, problem: "has \(own.name) beside \(other.name)")
      }
      guard own.shape.dropFirst() == other.shape.dropFirst() else {
        throw .malformed(
          path: path,
          problem: "\(own.name) has shape \(own.shape) and \(other.name) \(other.shape): "
            + "all extents but the first must be the same")
      }
    }
    guard split.inputs.kind == training.inputs.kind else {
      throw .malformed(
        path: path,
        problem: "\(split.inputs.name) are \(split.inputs.kind.text) and \(training.inputs.name) "
          + training.inputs.kind.text)
    }
  }
}

/// What a reader of arrays throws, as an error of data.
func reported<Result>(_ body: () throws -> Result) throws(DatasetError) -> Result {
  do { return try body() } catch { throw .reported("\(error)") }
}
