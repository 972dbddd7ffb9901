// What goes into and comes out of an ONNX graph.

import Files

/// A named tensor of 32-bit floats that a graph takes or gives.
struct ONNXValue: Equatable {
  let name: String
  let shape: [ONNXDimension]
  /// For people.
  var documentation = ""

  /// `ValueInfoProto`.
  var message: ProtobufMessage {
    var dimensions = ProtobufMessage()
    for dimension in shape { dimensions.add(1, dimension.message) }
    var tensor = ProtobufMessage()
    tensor.add(1, ONNXElement.float32.rawValue)
    tensor.add(2, dimensions)
    var type = ProtobufMessage()
    type.add(1, tensor)
    var message = ProtobufMessage()
    message.add(1, name)
    message.add(2, type)
    if !documentation.isEmpty { message.add(3, documentation) }
    return message
  }
}
