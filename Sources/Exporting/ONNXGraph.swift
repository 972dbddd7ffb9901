// Operators, the numbers they use, and what goes in and comes out.

import Files

/// Nodes in an order in which each finds what it reads.
struct ONNXGraph {
  let name: String
  let nodes: [ONNXNode]
  let initializers: [ONNXTensor]
  let inputs: [ONNXValue]
  let outputs: [ONNXValue]

  /// `GraphProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for node in nodes { message.add(1, node.message) }
    message.add(2, name)
    for tensor in initializers { message.add(5, tensor.message) }
    for value in inputs { message.add(11, value.message) }
    for value in outputs { message.add(12, value.message) }
    return message
  }
}
