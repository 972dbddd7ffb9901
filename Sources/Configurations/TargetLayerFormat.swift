// The YAML form of a target network's layers.

import TargetNetworks
import Yams

/// One kind of layer: its name and its fields, all of which are required.
package struct LayerKind: Sendable {
  package let name: String
  package let fields: [String]
  package let meaning: String

  package static let all = [
    LayerKind(
      name: "convolution", fields: ["filters", "size", "stride", "padding"],
      meaning: "`filters` filters of size x size with a bias each; padding `same` or `valid`"),
    LayerKind(
      name: "fullyConnected", fields: ["outputs"],
      meaning: "linear units with a bias each, on the flattened (channel, row, column) input"),
    LayerKind(name: "relu", fields: [], meaning: "max(0, x)"),
    LayerKind(
      name: "maxPool", fields: ["size", "stride"], meaning: "the largest of each window, no padding"
    ),
    LayerKind(
      name: "averagePool", fields: ["size", "stride"],
      meaning: "the mean of each window, no padding"
    ),
  ]
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
        let layers = sequence.enumerated().map { index, node in
          LayerReader(entry: entry.element(index, node)).read(&problems)
        }
        return layers.contains { $0 == nil } ? nil : layers.compactMap { $0 }
      },
      write: { .lines($0.map { "- \(text(of: $0))" }) })
  }

  private static func text(of layer: TargetLayer) -> String {
    switch layer {
    case .convolution(let filters, let size, let stride, let padding):
      "convolution: {filters: \(filters), size: \(size), stride: \(stride), "
        + "padding: \(padding.rawValue)}"
    case .fullyConnected(let outputs): "fullyConnected: {outputs: \(outputs)}"
    case .relu: "relu"
    case .maxPool(let size, let stride): "maxPool: {size: \(size), stride: \(stride)}"
    case .averagePool(let size, let stride): "averagePool: {size: \(size), stride: \(stride)}"
    }
  }
}

/// Reads one item of the list of layers.
private struct LayerReader {
  let entry: Entry

  /// Large enough for any network; small enough that no product of counts overflows.
  private static let counts = ValueFormat<Int>.integer(1...65_536)
  private static let sizes = ValueFormat<Int>.integer(1...255)

  func read(_ problems: inout Problems) -> TargetLayer? {
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
    return layer(name, fields, &problems)
  }

  private func layer(_ name: String, _ fields: [String: Entry], _ problems: inout Problems)
    -> TargetLayer?
  {
    func value<T>(_ field: String, _ format: ValueFormat<T>) -> T? {
      fields[field].flatMap { format.read($0, &problems) }
    }
    switch name {
    case "relu": return .relu
    case "fullyConnected":
      return value("outputs", Self.counts).map { .fullyConnected(outputs: $0) }
    case "convolution":
      let filters = value("filters", Self.counts)
      let size = value("size", Self.sizes)
      let stride = value("stride", Self.sizes)
      let padding = value("padding", ValueFormat<TargetLayer.Padding>.choice())
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
