// One dimension of a tensor in an ONNX file.

import Files

/// How many there are along one axis: a number, or a name for what each call decides.
enum ONNXDimension: Equatable {
  case fixed(Int)
  case named(String)

  /// `TensorShapeProto.Dimension`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    switch self {
    case .fixed(let count): message.add(1, count)
    case .named(let name): message.add(2, name)
    }
    return message
  }
}
