// The YAML form of a target network's layers.

import TargetNetworks

/// One kind of layer: its name and its fields, all of which are required.
package struct LayerKind: Sendable {
  package let name: String
  package let fields: [String]
  package let meaning: String

  package static let all = [
    LayerKind(
      name: "convolution", fields: ["filters", "size", "stride", "padding"],
      meaning:
        "`filters` filters of size x size, each with a bias unless a normalization follows; padding "
        + "`same`, `valid`, or the zeros on every side"),
    LayerKind(
      name: "normalization", fields: [],
      meaning:
        "batch normalization of the convolution just before, with a scale and a shift for each filter"
    ),
    LayerKind(
      name: "fullyConnected", fields: ["outputs"],
      meaning: "linear units with a bias each, on the flattened (channel, row, column) input"),
    LayerKind(name: "relu", fields: [], meaning: "max(0, x)"),
    LayerKind(
      name: "leakyReLU", fields: ["slope"], meaning: "x above 0, `slope` times x below; 0 to 1"),
    LayerKind(name: "tanh", fields: [], meaning: "tanh(x)"),
    LayerKind(
      name: "maxPool", fields: ["size", "stride"], meaning: "the largest of each window, no padding"
    ),
    LayerKind(
      name: "averagePool", fields: ["size", "stride"],
      meaning: "the mean of each window, no padding"
    ),
    LayerKind(name: "globalAveragePool", fields: [], meaning: "the mean of each channel"),
    LayerKind(
      name: "residual", fields: [],
      meaning:
        "a list of layers, `residual: [...]`, whose input is added to their output: convolution, "
        + "normalization and relu, the last a normalization; behind a normalization or another residual. "
        + "Where they shrink the image, every stride-th row and column of the input is taken; missing "
        + "channels are zero"
    ),
    LayerKind(
      name: "residualStage", fields: ["blocks", "filters", "stride"],
      meaning:
        "short for `blocks` times a residual of two 3x3 convolutions, the very first `stride` apart, "
        + "and a relu"),
  ]
}

extension ValueFormat where Value == Float {
  fileprivate static var slope: ValueFormat { .number(.zeroToOne) }
}

extension ValueFormat where Value == [TargetLayer] {
  /// A list with one item a layer: `- relu`, `- maxPool: {size: 2, stride: 2}`.
  static var targetLayers: ValueFormat {
    let allowed = "a list of layers: \(LayerKind.all.map(\.name).joined(separator: ", "))"
    return ValueFormat(
      allowed: allowed,
      read: { entry, problems in
        guard let sequence = entry.node.sequence, !sequence.isEmpty else {
          problems.add(entry, "not a list of layers (allowed: \(allowed))")
          return nil
        }
        return LayerReader.layers(sequence.enumerated().map { entry.element($0, $1) }, &problems)
      },
      write: { .lines($0.map { "- \(text(of: $0))" }) })
  }

  private static func text(of layer: TargetLayer) -> String {
    switch layer {
    case .convolution(let filters, let size, let stride, let padding):
      "convolution: {filters: \(filters), size: \(size), stride: \(stride), "
        + "padding: \(text(of: padding))}"
    case .normalization: "normalization"
    case .globalAveragePool: "globalAveragePool"
    case .residual(let layers):
      "residual: [\(layers.map { element($0) }.joined(separator: ", "))]"
    case .fullyConnected(let outputs): "fullyConnected: {outputs: \(outputs)}"
    case .relu: "relu"
    case .leakyReLU(let slope):
      "leakyReLU: {slope: \(ValueFormat<Float>.slope.write(slope).joined)}"
    case .tanh: "tanh"
    case .maxPool(let size, let stride): "maxPool: {size: \(size), stride: \(stride)}"
    case .averagePool(let size, let stride): "averagePool: {size: \(size), stride: \(stride)}"
    }
  }

  /// A layer within a list on one line.
  private static func element(_ layer: TargetLayer) -> String {
    let text = text(of: layer)
    return text.contains(":") ? "{\(text)}" : text
  }

  private static func text(of padding: TargetLayer.Padding) -> String {
    switch padding {
    case .same: "same"
    case .valid: "valid"
    case .zeros(let count): "\(count)"
    }
  }
}

/// Reads one item of the list of layers.
private struct LayerReader {
  let entry: Entry

  /// Large enough for any network; small enough that no product of counts overflows.
  private static let counts = ValueFormat<Int>.integer(1...65_536)
  private static let sizes = ValueFormat<Int>.integer(1...255)

  /// All items of a list, or nil if one was refused.
  static func layers(_ entries: [Entry], _ problems: inout Problems) -> [TargetLayer]? {
    let read = entries.map { LayerReader(entry: $0).read(&problems) }
    return read.contains { $0 == nil } ? nil : read.flatMap { $0! }
  }

  private func read(_ problems: inout Problems) -> [TargetLayer]? {
    if let inner = residualLayers { return Self.layers(inner, &problems).map { [.residual($0)] } }
    guard let (name, fields) = nameAndFields(&problems) else { return nil }
    guard let kind = LayerKind.all.first(where: { $0.name == name }) else {
      let nearest = nearestName(to: name, among: LayerKind.all.map(\.name))
      problems.add(entry, "unknown layer '\(name)'; the nearest known one is \(nearest)")
      return nil
    }
    let known = problems.list.count
    for field in fields.keys.sorted() where !kind.fields.contains(field) {
      let text =
        kind.fields.isEmpty
        ? "\(name) has no fields"
        : "unknown field of \(name); the nearest known one is "
          + nearestName(to: field, among: kind.fields)
      problems.add("\(entry.key).\(field)", at: fields[field]?.place ?? entry.place, text)
    }
    for field in kind.fields where fields[field] == nil {
      problems.add("\(entry.key).\(field)", at: entry.place, "\(name) needs this field")
    }
    guard problems.list.count == known else { return nil }
    guard name != "residualStage" else { return stage(fields, &problems) }
    return layer(name, fields, &problems).map { [$0] }
  }

  /// The items of `residual: [...]`.
  private var residualLayers: [Entry]? {
    guard let (key, body) = entry.node.mapping?.first, entry.node.mapping?.count == 1,
      key.string == "residual", let sequence = body.sequence
    else { return nil }
    return sequence.enumerated().map { index, node in
      Entry(key: "\(entry.key).residual[\(index)]", node: node, source: entry.source)
    }
  }

  private func stage(_ fields: [String: Entry], _ problems: inout Problems) -> [TargetLayer]? {
    let blocks = fields["blocks"].flatMap { Self.sizes.read($0, &problems) }
    let filters = fields["filters"].flatMap { Self.counts.read($0, &problems) }
    let stride = fields["stride"].flatMap { Self.sizes.read($0, &problems) }
    guard let blocks, let filters, let stride else { return nil }
    return TargetLayer.residualStage(blocks: blocks, filters: filters, stride: stride)
  }

  private func padding(_ entry: Entry?, _ problems: inout Problems) -> TargetLayer.Padding? {
    guard let entry else { return nil }
    switch entry.text {
    case "same": return .same
    case "valid": return .valid
    default:
      if let text = entry.text, let zeros = Int(text), (0...254).contains(zeros) {
        return .zeros(zeros)
      }
      problems.add(
        entry,
        "'\(entry.text ?? "")' is not a padding (allowed: same, valid, or zeros on every side: 0 to 254)"
      )
      return nil
    }
  }

  private func layer(_ name: String, _ fields: [String: Entry], _ problems: inout Problems)
    -> TargetLayer?
  {
    func value<T>(_ field: String, _ format: ValueFormat<T>) -> T? {
      fields[field].flatMap { format.read($0, &problems) }
    }
    switch name {
    case "relu": return .relu
    case "tanh": return .tanh
    case "leakyReLU":
      return value("slope", ValueFormat<Float>.slope).map { .leakyReLU(slope: $0) }
    case "normalization": return .normalization
    case "globalAveragePool": return .globalAveragePool
    case "residual":
      problems.add(entry, "residual needs a list of layers: residual: [...]")
      return nil
    case "fullyConnected":
      return value("outputs", Self.counts).map { .fullyConnected(outputs: $0) }
    case "convolution":
      let filters = value("filters", Self.counts)
      let size = value("size", Self.sizes)
      let stride = value("stride", Self.sizes)
      let padding = padding(fields["padding"], &problems)
      guard let filters, let size, let stride, let padding else { return nil }
      return .convolution(filters: filters, size: size, stride: stride, padding: padding)
    default:
      let size = value("size", Self.sizes)
      let stride = value("stride", Self.sizes)
      guard let size, let stride else { return nil }
      return name == "maxPool"
        ? .maxPool(size: size, stride: stride) : .averagePool(size: size, stride: stride)
    }
  }

  /// `relu` or `name: {field: value, ...}`.
  private func nameAndFields(_ problems: inout Problems) -> (String, [String: Entry])? {
    if let name = entry.text { return (name, [:]) }
    guard let (key, body) = entry.node.mapping?.first, entry.node.mapping?.count == 1,
      let name = key.string
    else {
      problems.add(entry, "not one layer (for example relu, or maxPool: {size: 2, stride: 2})")
      return nil
    }
    var fields: [String: Entry] = [:]
    for (field, node) in body.mapping ?? [:] {
      guard let field = field.string else { continue }
      fields[field] = Entry(key: "\(entry.key).\(field)", node: node, source: entry.source)
    }
    return (name, fields)
  }
}
