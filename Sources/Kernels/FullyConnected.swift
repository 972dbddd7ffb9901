// Fully connected layers, forward and backward, through oneDNN.

import CDNNL

/// y[n,o] = b[o] + sum over k of x[n,k] w[o,k], optionally followed by ReLU in the same pass; k runs
/// over (channel, row, column) whatever the source's layout. The output is plain, (image, output).
///
/// Cost: 2 outputs * inputs FLOPs an image, and the same again for each gradient.
public final class FullyConnected: WeightedOperator {
  public let output: Tensor
  public let isRectified: Bool
  public let weights: FilterWeights
  public var weightGradients: FilterGradients?

  private let context: KernelContext
  /// What is multiplied: the source as `Float`.
  private let source: Tensor
  private let forwardDescription: PrimitiveDescription
  private let forwardPass: any OperatorPass
  private var outputGradient: Tensor?
  private var dataPass: (any OperatorPass)?
  private var weightPass: Primitive?

  /// - Parameter channelCount: the source's channels that count; those behind them are zero. Default: all. `filters`: of a layer that was made
  ///   alike, and loads them.
  public init(
    source: Tensor, channelCount: Int? = nil, outputCount: Int, rectified: Bool,
    sharing filters: FilterWeights? = nil, context: KernelContext
  ) throws(KernelError) {
    self.context = context
    let from = try source.reordered(to: source.descriptor.widened, context: context)
    self.source = from.tensor
    isRectified = rectified
    let input = source.shape
    weights = try FilterWeights(
      FilterShape(
        filterCount: outputCount, kernelShape: [channelCount ?? input[1]] + input.dropFirst(2)),
      tensorShape: [outputCount] + input.dropFirst(), sharing: filters, context: context)
    output = try Tensor(.plain([input[0], outputCount]), context: context)

    let name = "inner product forward of \(input) by \(weights.tensorShape)"
    var operation = dnnl_inner_product_desc_t()
    var descriptors = (
      from.tensor.descriptor.raw, TensorDescriptor.any(weights.tensorShape).raw,
      output.descriptor.raw
    )
    try check(
      withPointer(to: weights.bias?.descriptor.raw) { bias in
        dnnl_inner_product_forward_desc_init(
          &operation, dnnl_forward_training, &descriptors.0, &descriptors.1, bias,
          &descriptors.2)
      }, name)
    forwardDescription = try PrimitiveDescription(
      name, operation, context: context, rectified: rectified)
    forwardPass = ReorderedPass(
      try Primitive(
        forward: forwardDescription, source: from.tensor, weights: weights, output: output,
        context: context), before: from.passes, behind: [])
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
    let name = "inner product backward to the source \(source.shape) by \(shape)"
    let to = try sourceGradient.staged(
      in: sourceGradient.descriptor.widened, context: context)
    var operation = dnnl_inner_product_desc_t()
    var descriptors = (
      to.tensor.descriptor.raw, TensorDescriptor.any(shape).raw, outputGradient.descriptor.raw
    )
    try check(
      dnnl_inner_product_backward_data_desc_init(
        &operation, &descriptors.0, &descriptors.1, &descriptors.2), name)
    let description = try PrimitiveDescription(
      name, operation, context: context, forward: forwardDescription.handle.raw)
    dataPass = ReorderedPass(
      try Primitive(
        backwardToSource: description, outputGradient: outputGradient, weights: weights,
        sourceGradient: to.tensor, context: context), before: [], behind: to.passes)
  }

  private func prepareWeightPass(_ outputGradient: Tensor, _ gradients: FilterGradients)
    throws(KernelError)
  {
    let shape = weights.tensorShape
    let name = "inner product backward to the weights \(shape) of \(source.shape)"
    var operation = dnnl_inner_product_desc_t()
    var descriptors = (
      source.descriptor.raw, TensorDescriptor.any(shape).raw, outputGradient.descriptor.raw
    )
    try check(
      withPointer(to: weights.bias?.descriptor.raw) { bias in
        dnnl_inner_product_backward_weights_desc_init(
          &operation, &descriptors.0, &descriptors.1, bias, &descriptors.2)
      }, name)
    let description = try PrimitiveDescription(
      name, operation, context: context, forward: forwardDescription.handle.raw)
    weightPass = try Primitive(
      backwardToWeights: description, source: source, outputGradient: outputGradient,
      into: LibraryGradientRuns(gradients).makeParts(of: 0, description, context: context),
      context: context)
  }

  public var implementations: [String] {
    implementationNames(of: forwardPass, dataPass, weightPass)
  }

  public func forward() { forwardPass.execute() }

  public func backward() {
    if isRectified, let gradient = outputGradient?.values {
      Elementwise.rectifyGradient(gradient, output: output.values, into: gradient)
    }
    weightPass?.execute()
    dataPass?.execute()
  }
}
