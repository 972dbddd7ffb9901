// Which way each pass of a convolution is computed.

import CDNNL
import Numerics

extension Primitive: OperatorPass {}

/// The implementations of those passes that have been made.
func implementationNames(of passes: (any OperatorPass)?...) -> [String] {
  passes.compactMap { $0?.implementation }
}

/// Makes the passes of one convolution. In this order of preference:
///
/// 1. Winograd's algorithm (``WinogradPass``): stride 1, kernels of 3 x 3 or 5 x 5, blocks of sixteen channels.
/// 2. oneDNN in the layouts at hand, unless that is its reference code, which is hundreds of times slower.
/// 3. For images of few channels, ``ThinPass``.
/// 4. oneDNN in layouts it chooses, and a change of layout before and behind (``ReorderedPass``).
///
/// Of tensors in bfloat16, on processors that multiply it, products are made of it, but for the thin ones. Forward passes are
/// then oneDNN's: as fast as Winograd's algorithm, whose rounding errors would grow from layer to layer (the gradients'
/// do not: a rectifier passes on or drops what the forward pass has decided).
struct ConvolutionPasses {
  let source: Tensor
  let weights: FilterWeights
  let geometry: ConvolutionGeometry
  let outputShape: [Int]
  /// Of an output in blocks of sixteen channels.
  let outputType: ElementType
  let context: KernelContext

  private var name: String { "of \(source.shape) by \(weights.tensorShape)" }
  private var channels: Int { source.shape[1] }
  /// As blocks of sixteen hold them.
  private var paddedChannels: Int { (channels + 15) / 16 * 16 }
  private var outputChannels: Int { outputShape[1] }

  // MARK: Forward

  func makeForward(rectified: Bool) throws(KernelError) -> (
    pass: any OperatorPass, output: Tensor
  ) {
    if outputChannels % 16 != 0 {
      let description = try describeForward(
        source.descriptor, .any(outputShape), rectified: rectified)
      let output = try Tensor(description.descriptor(dnnl_query_dst_md), context: context)
      return (
        try Primitive(
          forward: description, source: source, weights: weights, output: output, context: context),
        output
      )
    }
    let output = try Tensor(.blocked16(outputShape, outputType), context: context)
    return (try makeForward(into: output, rectified: rectified), output)
  }

  private func makeForward(into output: Tensor, rectified: Bool) throws(KernelError)
    -> any OperatorPass
  {
    if isWinograd && factors == .float32 {
      let kernels = WinogradKernels(
        weights.shape, channels: paddedChannels, outputs: outputChannels, isTransposed: false,
        factors: .float32)
      weights.add(kernels)
      return WinogradPass(
        tiles: tiles, source: source, channelCount: weights.shape.kernelShape[0], output: output,
        kernels: kernels, bias: weights.bias, rectified: rectified, context: context)
    }
    var description = try describeForward(
      source.descriptor.holding(factors), output.descriptor.holding(factors),
      rectified: rectified)
    if description.isReference {
      if isThin {
        return ThinPass(patches, weights: weights, output: output, rectified: rectified)
      }
      description = try describeForward(
        .any(source.shape), .any(outputShape), rectified: rectified)
    }
    let from = try source.reordered(
      to: description.descriptor(dnnl_query_src_md), context: context)
    let to = try output.staged(in: description.descriptor(dnnl_query_dst_md), context: context)
    return ReorderedPass(
      try Primitive(
        forward: description, source: from.tensor, weights: weights, output: to.tensor,
        context: context), before: from.passes, behind: to.passes)
  }

  private func describeForward(
    _ source: TensorDescriptor, _ output: TensorDescriptor, rectified: Bool
  ) throws(KernelError) -> PrimitiveDescription {
    let name = "convolution forward \(self.name)"
    var operation = dnnl_convolution_desc_t()
    var descriptors = (source.raw, anyKernels(source.elementType).raw, output.raw)
    try check(
      withPointer(to: weights.bias?.descriptor.raw) { bias in
        dnnl_convolution_forward_desc_init(
          &operation, dnnl_forward_training, dnnl_convolution_direct, &descriptors.0,
          &descriptors.1, bias, &descriptors.2, geometry.stride.dims, geometry.paddingBefore.dims,
          geometry.paddingBehind.dims)
      }, name)
    return try PrimitiveDescription(name, operation, context: context, rectified: rectified)
  }

  // MARK: Backward to the source

  func makeBackwardToSource(outputGradient: Tensor, sourceGradient: Tensor) throws(KernelError)
    -> any OperatorPass
  {
    if isWinograd {
      let kernels = WinogradKernels(
        weights.shape, channels: paddedChannels, outputs: outputChannels, isTransposed: true,
        factors: factors)
      weights.add(kernels)
      let taps = geometry.kernel[0]
      return WinogradPass(
        tiles: WinogradTiles(
          source: outputShape, output: source.shape, taps: taps,
          padding: geometry.paddingBefore.map { taps - 1 - $0 }), source: outputGradient,
        channelCount: weights.shape.filterCount, output: sourceGradient, kernels: kernels,
        bias: nil, rectified: false, context: context)
    }
    var description = try describeData(
      sourceGradient.descriptor.holding(factors), outputGradient.descriptor.holding(factors))
    if description.isReference {
      description = try describeData(.any(source.shape), .any(outputShape))
    }
    let from = try outputGradient.reordered(
      to: description.descriptor(dnnl_query_diff_dst_md), context: context)
    let to = try sourceGradient.staged(
      in: description.descriptor(dnnl_query_diff_src_md), context: context)
    return ReorderedPass(
      try Primitive(
        backwardToSource: description, outputGradient: from.tensor, weights: weights,
        sourceGradient: to.tensor, context: context), before: from.passes, behind: to.passes)
  }

  private func describeData(_ source: TensorDescriptor, _ output: TensorDescriptor)
    throws(KernelError) -> PrimitiveDescription
  {
    let name = "convolution backward to the source \(self.name)"
    var operation = dnnl_convolution_desc_t()
    var descriptors = (source.raw, anyKernels(source.elementType).raw, output.raw)
    try check(
      dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &descriptors.0, &descriptors.1, &descriptors.2,
        geometry.stride.dims, geometry.paddingBefore.dims, geometry.paddingBehind.dims), name)
    let hint = try describeForward(source, output, rectified: false)
    return try PrimitiveDescription(
      name, operation, context: context, forward: hint.handle.raw)
  }

  // MARK: Backward to the weights

  func makeBackwardToWeights(outputGradient: Tensor, gradients: FilterGradients)
    throws(KernelError) -> any OperatorPass
  {
    if isWinograd {
      return WinogradWeightPass(
        tiles: tiles, source: source, outputGradient: outputGradient,
        factors: factors, gradients: gradients, context: context)
    }
    var description = try describeWeights(
      source.descriptor.holding(factors), outputGradient.descriptor.holding(factors))
    if description.isReference {
      if isThin && outputGradient.descriptor.isBlocked16 {
        return ThinWeightPass(patches, outputGradient: outputGradient, gradients: gradients)
      }
      description = try describeWeights(.any(source.shape), .any(outputShape))
    }
    let from = try source.reordered(
      to: description.descriptor(dnnl_query_src_md), context: context)
    let gradient = try outputGradient.reordered(
      to: description.descriptor(dnnl_query_diff_dst_md), context: context)
    return ReorderedPass(
      try Primitive(
        backwardToWeights: description, source: from.tensor, outputGradient: gradient.tensor,
        gradients: gradients, context: context), before: from.passes + gradient.passes, behind: []
    )
  }

  private func describeWeights(_ source: TensorDescriptor, _ output: TensorDescriptor)
    throws(KernelError) -> PrimitiveDescription
  {
    let name = "convolution backward to the weights \(self.name)"
    var operation = dnnl_convolution_desc_t()
    var descriptors = (source.raw, anyKernels(.float32).raw, output.raw)
    try check(
      withPointer(to: weights.bias?.descriptor.raw) { bias in
        dnnl_convolution_backward_weights_desc_init(
          &operation, dnnl_convolution_direct, &descriptors.0, &descriptors.1, bias,
          &descriptors.2, geometry.stride.dims, geometry.paddingBefore.dims,
          geometry.paddingBehind.dims)
      }, name)
    let hint = try describeForward(source, output, rectified: false)
    return try PrimitiveDescription(
      name, operation, context: context, forward: hint.handle.raw)
  }

  /// Kernels in the layout that oneDNN likes best.
  private func anyKernels(_ type: ElementType) -> TensorDescriptor {
    .any(weights.tensorShape, type)
  }

  // MARK: What is suited for what

  private var isWinograd: Bool {
    let kernel = geometry.kernel
    return CompiledCode.hasFusedMultiplyAdd && source.descriptor.isBlocked16
      && outputChannels % 16 == 0 && kernel[0] == kernel[1]
      && WinogradTiles.supports(taps: kernel[0]) && geometry.stride == [1, 1]
      && geometry.paddingBefore.allSatisfy { $0 < kernel[0] }
  }

  /// What products are made of.
  private var factors: ElementType {
    source.elementType == .bfloat16 && outputType == .bfloat16 && BFloat16View.hasInstructions
      ? .bfloat16 : .float32
  }

  private var tiles: WinogradTiles {
    WinogradTiles(
      source: source.shape, output: outputShape, taps: geometry.kernel[0],
      padding: geometry.paddingBefore)
  }

  private var isThin: Bool {
    CompiledCode.hasFusedMultiplyAdd && source.descriptor.isPlain && channels <= 4
      && outputChannels % 16 == 0
  }

  private var patches: ThinPatches {
    ThinPatches(source: source, geometry: geometry, outputWidth: outputShape[3])
  }
}
