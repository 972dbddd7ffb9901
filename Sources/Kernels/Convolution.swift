// Convolution, forward and backward, through oneDNN.

import CDNNL
import TensorCore

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

/// y[n,o,i,j] = b[o] + sum over c, u, v of x[n, c, i s + u - p, j s + v - p] w[o,c,u,v], optionally
/// followed by ReLU in the same pass.
///
/// The source's layout is taken as it is, the output's is oneDNN's choice, or blocks of sixteen channels
/// where a normalization follows, in whose place there is no bias. 3x3 convolutions of many channels
/// are Winograd's, F(4x4, 3x3), where oneDNN has it: fewer multiplications, rounding errors some times larger. Cost: 2 filters * channels *
/// kernel rows * kernel columns FLOPs a forward output, and the same again for each gradient.
public final class Convolution: WeightedOperator {
  public let output: Tensor
  public let weights: FilterWeights
  public var weightGradients: FilterGradients?
  /// Whether whoever writes the output's gradient has already zeroed it where ReLU clipped.
  public var gradientArrivesRectified = false

  private let context: KernelContext
  private let source: Tensor
  private let geometry: ConvolutionGeometry
  private let rectified: Bool
  /// Whether ReLU is part of the pass.
  public var isRectified: Bool { rectified }
  /// From the one that is wanted to the one that oneDNN has everywhere.
  private let algorithms: [dnnl_alg_kind_t]
  private let forwardDescription: PrimitiveDescription
  private let forwardPass: Primitive
  private var outputGradient: Tensor?
  private var dataPass: Primitive?
  private var weightPass: Primitive?

  /// - Parameters:
  ///   - channelCount: the source's channels that count; those behind them are zero. Default: all.
  ///   - outputChannelCount: channels of the output, those behind the filters' being zero. oneDNN is fast on
  ///     sources whose channels fill blocks of sixteen. Default: the filters.
  public init(
    source: Tensor, channelCount: Int? = nil, filterCount: Int, outputChannelCount: Int? = nil,
    geometry: ConvolutionGeometry, rectified: Bool, isNormalized: Bool = false,
    context: KernelContext
  ) throws(KernelError) {
    self.context = context
    self.source = source
    self.geometry = geometry
    self.rectified = rectified
    let input = source.shape
    let outputChannels = outputChannelCount ?? filterCount
    let outputShape = [
      input[0], outputChannels, geometry.outputs(input[2], axis: 0),
      geometry.outputs(input[3], axis: 1),
    ]
    weights = try FilterWeights(
      FilterShape(
        filterCount: filterCount, kernelShape: [channelCount ?? input[1]] + geometry.kernel,
        isNormalized: isNormalized),
      tensorShape: [outputChannels, input[1]] + geometry.kernel, context: context)

    let name = "convolution forward of \(input) by \(weights.tensorShape)"
    var descriptors = (
      source.descriptor.raw, TensorDescriptor.any(weights.tensorShape).raw,
      (isNormalized ? TensorDescriptor.blocked16(outputShape) : .any(outputShape)).raw
    )
    let bias = weights.bias?.descriptor.raw
    algorithms = Self.algorithms(weights.tensorShape, geometry)
    forwardDescription = try Self.describe(algorithms) { algorithm throws(KernelError) in
      var operation = dnnl_convolution_desc_t()
      try check(
        withPointer(to: bias) { bias in
          dnnl_convolution_forward_desc_init(
            &operation, dnnl_forward_training, algorithm, &descriptors.0, &descriptors.1, bias,
            &descriptors.2, geometry.stride.dims, geometry.paddingBefore.dims,
            geometry.paddingBehind.dims)
        }, name)
      return try PrimitiveDescription(name, operation, context: context, rectified: rectified)
    }
    output = try Tensor(forwardDescription.descriptor(dnnl_query_dst_md), context: context)
    forwardPass = try Primitive(
      forward: forwardDescription, source: source, weights: weights, output: output,
      context: context)
  }

  /// Measured (docs/benchmarks/target.md): Winograd's algorithm is faster from 32 channels on, not at 16.
  private static func algorithms(_ shape: [Int], _ geometry: ConvolutionGeometry)
    -> [dnnl_alg_kind_t]
  {
    let isSuited =
      geometry.kernel == [3, 3] && geometry.stride == [1, 1] && min(shape[0], shape[1]) >= 32
      && geometry.paddingBefore == [1, 1] && geometry.paddingBehind == [1, 1]
    return isSuited
      ? [dnnl_convolution_winograd, dnnl_convolution_direct] : [dnnl_convolution_direct]
  }

  /// The first of `algorithms` that oneDNN has on this processor.
  private static func describe(
    _ algorithms: [dnnl_alg_kind_t],
    _ make: (dnnl_alg_kind_t) throws(KernelError) -> PrimitiveDescription
  ) throws(KernelError) -> PrimitiveDescription {
    for algorithm in algorithms.dropLast() {
      if let made = try? make(algorithm) { return made }
    }
    return try make(algorithms[algorithms.count - 1])
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError) {
    self.outputGradient = outputGradient
    if let sourceGradient { try prepareDataPass(outputGradient, sourceGradient) }
    if let weightGradients { try prepareWeightPass(outputGradient, weightGradients) }
  }

  private func prepareDataPass(_ outputGradient: Tensor, _ sourceGradient: Tensor)
    throws(KernelError)
  {
    let shape = weights.tensorShape
    let name = "convolution backward to the source \(source.shape) by \(shape)"
    var descriptors = (
      sourceGradient.descriptor.raw, TensorDescriptor.any(shape).raw, outputGradient.descriptor.raw
    )
    let description = try Self.describe(algorithms) { algorithm throws(KernelError) in
      var operation = dnnl_convolution_desc_t()
      try check(
        dnnl_convolution_backward_data_desc_init(
          &operation, algorithm, &descriptors.0, &descriptors.1, &descriptors.2,
          geometry.stride.dims, geometry.paddingBefore.dims, geometry.paddingBehind.dims), name)
      return try PrimitiveDescription(
        name, operation, context: context, forward: forwardDescription.handle.raw)
    }
    dataPass = try Primitive(
      backwardToSource: description, outputGradient: outputGradient, weights: weights,
      sourceGradient: sourceGradient, context: context)
  }

  private func prepareWeightPass(_ outputGradient: Tensor, _ gradients: FilterGradients)
    throws(KernelError)
  {
    let shape = weights.tensorShape
    let name = "convolution backward to the weights \(shape) of \(source.shape)"
    var descriptors = (
      source.descriptor.raw, TensorDescriptor.any(shape).raw, outputGradient.descriptor.raw
    )
    let description = try Self.describe(algorithms) { algorithm throws(KernelError) in
      var operation = dnnl_convolution_desc_t()
      try check(
        withPointer(to: weights.bias?.descriptor.raw) { bias in
          dnnl_convolution_backward_weights_desc_init(
            &operation, algorithm, &descriptors.0, &descriptors.1, bias, &descriptors.2,
            geometry.stride.dims, geometry.paddingBefore.dims, geometry.paddingBehind.dims)
        }, name)
      return try PrimitiveDescription(
        name, operation, context: context, forward: forwardDescription.handle.raw)
    }
    weightPass = try Primitive(
      backwardToWeights: description, source: source, outputGradient: outputGradient,
      gradients: gradients, context: context)
  }

  public func forward() { forwardPass.execute() }

  public func backward() {
    if rectified, !gradientArrivesRectified, let gradient = outputGradient?.values {
      Elementwise.rectifyGradient(gradient, output: output.values, into: gradient)
    }
    weightPass?.execute()
    dataPass?.execute()
  }
}

extension [Int] {
  /// The numbers as oneDNN takes lists of lengths.
  var dims: [dnnl_dim_t] { map { dnnl_dim_t($0) } }
}

/// Calls `body` with the address of `value`, or nil where there is none.
func withPointer<Value, Result>(
  to value: Value?, _ body: (UnsafePointer<Value>?) -> Result
) -> Result {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
