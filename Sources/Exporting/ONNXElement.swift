// What tensors of an ONNX file consist of.

/// Numbers of `TensorProto.DataType`.
enum ONNXElement: Int {
  case float32 = 1
  case int64 = 7
}
