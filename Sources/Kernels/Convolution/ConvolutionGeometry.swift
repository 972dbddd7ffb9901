// Which pixels a filter sees.

/// Kernel size, stride and zero padding of a convolution, (row, column) each.
public struct ConvolutionGeometry: Sendable, Equatable {
  public var kernel: [Int]
  public var stride: [Int]
  /// Zeros before the first and behind the last row and column.
  public var paddingBefore: [Int]
  public var paddingBehind: [Int]

  /// `padding` zeros on every side.
  public init(kernel size: Int, stride: Int, padding: Int) {
    kernel = [size, size]
    self.stride = [stride, stride]
    paddingBefore = [padding, padding]
    paddingBehind = [padding, padding]
  }

  /// No padding.
  public init(validKernel size: Int, stride: Int) {
    self.init(kernel: size, stride: stride, padding: 0)
  }

  /// Zeros so that ceil(length / stride) outputs result: max((ceil(n/s) - 1) s + k - n, 0) of them on
  /// each axis, the smaller half first, as TensorFlow has it.
  public init(sameKernel size: Int, stride: Int, height: Int, width: Int) {
    self.init(validKernel: size, stride: stride)
    for (axis, length) in [height, width].enumerated() {
      let outputs = (length + stride - 1) / stride
      let total = max((outputs - 1) * stride + size - length, 0)
      paddingBefore[axis] = total / 2
      paddingBehind[axis] = total - total / 2
    }
  }

  /// Output rows or columns of `length` input rows or columns.
  func outputs(_ length: Int, axis: Int) -> Int {
    (length + paddingBefore[axis] + paddingBehind[axis] - kernel[axis]) / stride[axis] + 1
  }
}
