// Between Float and bfloat16.

import Numerics

/// Copies a tensor into one of the same shape and layout whose elements are of the other type. Cost: one read, one write.
final class ConversionPass: OperatorPass {
  private let source: Tensor
  private let target: Tensor

  init(_ source: Tensor, to target: Tensor) {
    precondition(
      source.shape == target.shape && source.elementType != target.elementType,
      "ConversionPass: \(source.shape), \(source.elementType) to \(target.shape), "
        + "\(target.elementType)")
    self.source = source
    self.target = target
  }

  func execute() {
    switch target.elementType {
    case .float32: target.values.setLanes(source.lanes(BFloat16View.self))
    case .bfloat16: target.lanes(BFloat16View.self).setLanes(source.values)
    }
  }
}
