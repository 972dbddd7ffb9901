// What an ONNX operator is told beside its inputs.

import Files

/// The value of one attribute of a node.
enum ONNXAttribute {
  case integer(Int)
  case integers([Int])
  case float(Float)
  /// A `GraphProto`.
  case graph(ProtobufMessage)

  /// `AttributeProto`.
  func message(named name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    switch self {
    case .float(let value):
      message.add(2, value)
      message.add(20, 1)
    case .integer(let value):
      message.add(3, value)
      message.add(20, 2)
    case .graph(let graph):
      message.add(6, graph)
      message.add(20, 5)
    case .integers(let values):
      for value in values { message.add(8, value) }
      message.add(20, 7)
    }
    return message
  }
}
