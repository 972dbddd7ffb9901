// What must be known of a data set to use networks that were trained on it.

import Files
import Numerics

/// Shape, classes, names, and what inputs and targets are normalized by: kept with networks, so that they can be used where
/// the data set is not.
public struct DataSummary: Sendable, Equatable {
  public let name: String
  public let shape: ImageShape
  public let answers: Answers.Kind
  /// Whether inputs were bytes, which networks see divided by 255.
  public let hasBytes: Bool
  public let inputNormalization: ChannelNormalization?
  public let targetNormalization: ChannelNormalization?
  public let names: DataNames

  public init(of set: Dataset) {
    name = set.name
    shape = set.training.shape
    answers = set.training.answers.kind
    hasBytes = set.training.hasBytes
    inputNormalization = set.training.normalization
    targetNormalization = set.training.targets?.normalization
    names = set.names
  }

  /// JSON of one line: name, inputs (channels, rows, columns), classes or targets (how many), bytes (true: divide by 255
  /// first), input_means and input_deviations (one a channel), target_means and target_deviations, class_names,
  /// feature_names, target_names. What there is not is left out.
  public var text: String {
    var members: [(String, JSONValue)] = [
      ("name", name.json), ("inputs", [shape.channels, shape.height, shape.width].json),
    ]
    switch answers {
    case .labels(let count): members.append(("classes", count.json))
    case .targets(let count): members.append(("targets", count.json))
    }
    members.append(("bytes", hasBytes.json))
    for (kind, normalization) in [
      ("input", inputNormalization), ("target", targetNormalization),
    ] {
      guard let normalization else { continue }
      members.append(("\(kind)_means", normalization.means.map { Double($0) }.json))
      members.append(("\(kind)_deviations", normalization.deviations.map { Double($0) }.json))
    }
    for (kind, list) in [
      ("class", names.classes), ("feature", names.features), ("target", names.targets),
    ] where !list.isEmpty {
      members.append(("\(kind)_names", list.json))
    }
    return JSONValue.object(members).description
  }

  /// Nil where `text` is no such summary.
  public init?(text: String) {
    guard let json = JSONValue(parsing: text), let name = json["name"]?.text,
      let inputs = json["inputs"].flatMap({ [Int](json: $0) }), inputs.count == 3
    else { return nil }
    func list(_ key: String) -> [Float]? {
      json[key].flatMap { [Double](json: $0) }.map { $0.map { Float($0) } }
    }
    func normalization(_ kind: String, _ count: Int) -> ChannelNormalization? {
      guard let means = list("\(kind)_means"), let deviations = list("\(kind)_deviations"),
        means.count == count, deviations.count == count
      else { return nil }
      return ChannelNormalization(means: means, deviations: deviations)
    }
    self.name = name
    shape = ImageShape(channels: inputs[0], height: inputs[1], width: inputs[2])
    hasBytes = json["bytes"].flatMap { Bool(json: $0) } ?? true
    if let count = json["classes"].flatMap({ Int(json: $0) }) {
      answers = .labels(classCount: count)
    } else if let count = json["targets"].flatMap({ Int(json: $0) }) {
      answers = .targets(count: count)
    } else {
      return nil
    }
    inputNormalization = normalization("input", inputs[0])
    targetNormalization = normalization("target", answers.outputCount)
    var names = DataNames()
    names.classes = json["class_names"].flatMap { [String](json: $0) } ?? []
    names.features = json["feature_names"].flatMap { [String](json: $0) } ?? []
    names.targets = json["target_names"].flatMap { [String](json: $0) } ?? []
    self.names = names
  }
}
