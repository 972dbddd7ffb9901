// Numbers that are part of an ONNX file.

import Files
import Numerics

/// An initializer of a graph.
struct ONNXTensor: Equatable {
  let name: String
  let shape: [Int]
  let element: ONNXElement
  /// Little-endian, the last dimension fastest.
  let bytes: [UInt8]

  init(_ name: String, shape: [Int], _ values: FloatView) {
    precondition(
      values.count == shape.reduce(1, *), "ONNXTensor \(name): \(values.count) numbers as \(shape)")
    (self.name, self.shape, element) = (name, shape, .float32)
    bytes = Array(
      UnsafeRawBufferPointer(
        start: values.baseAddress, count: values.count * MemoryLayout<Float>.stride))
  }

  init(_ name: String, _ values: [Int]) {
    (self.name, shape, element) = (name, [values.count], .int64)
    bytes = values.withUnsafeBytes { Array($0) }
  }

  /// `TensorProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for count in shape { message.add(1, count) }
    message.add(2, element.rawValue)
    message.add(8, name)
    message.add(9, bytes)
    return message
  }
}
