// A whole ONNX file.

import Files
import Host

/// A graph, and what the file says of itself (onnx/onnx.proto).
struct ONNXModel {
  /// Operators are those of opset 17 (ONNX 1.12, 2022), the file's format is IR version 8 of the same release: readers of that
  /// age and all later ones take it.
  static let operators = 17
  static let format = 8
  /// A message of protocol buffers has no more bytes.
  static let mostBytes = Int(Int32.max)

  let graph: ONNXGraph
  let documentation: String
  let metadata: [(key: String, value: String)]

  /// `ModelProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, Self.format)
    message.add(2, "hyperdist")
    message.add(3, ProgramVersion.current)
    message.add(6, documentation)
    message.add(7, graph.message)
    var operators = ProtobufMessage()
    operators.add(1, "")
    operators.add(2, Self.operators)
    message.add(8, operators)
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(14, entry)
    }
    return message
  }
}
