// One operator of an ONNX graph.

import Files

/// An operator of the standard's own set, with the names of what it reads and writes.
struct ONNXNode {
  let operation: String
  let inputs: [String]
  let outputs: [String]
  let attributes: [(name: String, value: ONNXAttribute)]

  /// `NodeProto`; it is called after its first output.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for name in inputs { message.add(1, name) }
    for name in outputs { message.add(2, name) }
    message.add(3, outputs[0])
    message.add(4, operation)
    for (name, value) in attributes { message.add(5, value.message(named: name)) }
    return message
  }
}
