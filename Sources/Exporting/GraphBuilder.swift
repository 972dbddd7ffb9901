// Graphs put together operator by operator.

import Numerics

/// A graph that grows. Values are known by their names.
final class GraphBuilder {
  private let names: GraphNames
  private var nodes: [ONNXNode] = []
  private var tensors: [ONNXTensor] = []
  /// What names of values begin with.
  private var scope = ""

  init(names: GraphNames = GraphNames()) { self.names = names }

  /// A graph that is part of this one and may read its values.
  func inner() -> GraphBuilder {
    let inner = GraphBuilder(names: names)
    inner.scope = scope
    return inner
  }

  /// What `body` adds has names that begin with `name`.
  func within<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    let outer = scope
    scope += "\(name)/"
    defer { scope = outer }
    return try body()
  }

  /// What goes into the graph.
  func input(_ name: String, _ shape: [ONNXDimension], _ documentation: String = "") -> ONNXValue {
    ONNXValue(name: names.claim(name), shape: shape, documentation: documentation)
  }

  /// Appends an operator and returns the names of its outputs: `name`, or one that says where it is and what it does.
  func add(
    _ operation: String, _ inputs: [String],
    _ attributes: KeyValuePairs<String, ONNXAttribute> = [:], outputs count: Int,
    as given: [String]? = nil
  ) -> [String] {
    let outputs =
      given.map { $0.map(names.claim) }
      ?? (0..<count).map { _ in names.claim(scope + operation) }
    nodes.append(
      ONNXNode(
        operation: operation, inputs: inputs, outputs: outputs,
        attributes: attributes.map { (name: $0.key, value: $0.value) }))
    return outputs
  }

  /// Appends an operator of one output.
  func add(
    _ operation: String, _ inputs: [String],
    _ attributes: KeyValuePairs<String, ONNXAttribute> = [:], as name: String? = nil
  ) -> String {
    add(operation, inputs, attributes, outputs: 1, as: name.map { [$0] })[0]
  }

  /// Numbers of the graph; those of a name that is there already are the same.
  func constant(_ name: String, shape: [Int], _ values: FloatView) -> String {
    if tensors.contains(where: { $0.name == name }) { return name }
    precondition(names.claim(name) == name, "GraphBuilder: \(name) is another value")
    tensors.append(ONNXTensor(name, shape: shape, values))
    return name
  }

  func constant(_ name: String, shape: [Int], _ values: [Float]) -> String {
    let numbers = SharedBuffer<Float>(count: values.count)
    numbers.view.copy(from: values)
    return withExtendedLifetime(numbers) { constant(name, shape: shape, numbers.view) }
  }

  /// Whole numbers, such as a shape or axes.
  func integers(_ values: [Int]) -> String {
    let bytes = ONNXTensor("", values).bytes
    if let known = tensors.first(where: { $0.element == .int64 && $0.bytes == bytes }) {
      return known.name
    }
    let name = names.claim("integers/" + values.map(String.init).joined(separator: ","))
    tensors.append(ONNXTensor(name, values))
    return name
  }

  /// The graph as it is now.
  func graph(_ name: String, inputs: [ONNXValue], outputs: [ONNXValue]) -> ONNXGraph {
    ONNXGraph(name: name, nodes: nodes, initializers: tensors, inputs: inputs, outputs: outputs)
  }
}
