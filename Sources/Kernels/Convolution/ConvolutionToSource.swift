// Backward passes of a convolution to its source.

import CDNNL
import Numerics

/// The output's gradient to the source's.
struct ConvolutionToSource: LibraryConvolution {
  let problem: ConvolutionProblem
  let outputGradient: Tensor
  let sourceGradient: Tensor

  static let candidates = CandidateList<Self, any OperatorPass>(
    "convolution backward to the source",
    [
      Candidate(
        name: "images in lanes", condition: "vectors of sixteen images",
        applies: { $0.problem.suitsLanes }, make: { $0.makeLanes() }),
      Candidate(
        name: "Winograd", condition: "3x3 and 5x5, stride 1, blocks of sixteen channels",
        applies: { $0.problem.suitsWinograd }, make: { $0.makeWinograd() }),
      .library, .reordered, .reference,
    ])

  /// The forward pass with transposed kernels.
  private func makeWinograd() -> WinogradPass {
    WinogradPass(
      tiles: problem.transposedTiles, source: outputGradient,
      channelCount: problem.weights.shape.filterCount, output: sourceGradient,
      kernels: problem.makeWinogradKernels(
        side: problem.transposedTiles.side, isTransposed: true, factors: problem.factors),
      bias: nil, rectified: false, context: problem.context)
  }

  private func makeLanes() -> LanePass {
    let weights = problem.weights.shape
    var (geometry, shape) = (problem.geometry, problem.source.shape)
    if problem.seesWholeImages {
      // Each number of an image is a channel of its own, and all have the same list of filters.
      geometry = ConvolutionGeometry(validKernel: 1, stride: 1)
      shape = [shape[0], weights.kernelCount, 1, 1]
    }
    return LanePass(
      LaneTaps(
        backward: geometry, source: shape, output: problem.outputShape,
        filterSize: weights.filterSize),
      weights: problem.makeLaneWeights(), rowStep: weights.kernelCount / shape[1],
      source: outputGradient, target: sourceGradient, shape: shape, context: problem.context)
  }

  // MARK: oneDNN

  var tensors: (source: Tensor, output: Tensor) { (sourceGradient, outputGradient) }

  func describe(source: TensorDescriptor, output: TensorDescriptor) throws(KernelError)
    -> PrimitiveDescription
  {
    let (geometry, name) = (problem.geometry, "convolution backward to the source \(problem.name)")
    var operation = dnnl_convolution_desc_t()
    var descriptors = (source.raw, problem.anyKernels(source.elementType).raw, output.raw)
    try check(
      dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &descriptors.0, &descriptors.1, &descriptors.2,
        geometry.stride.dims, geometry.paddingBefore.dims, geometry.paddingBehind.dims), name)
    let hint = try problem.describeForward(source: source, output: output)
    return try PrimitiveDescription(
      name, operation, context: problem.context, forward: hint.handle.raw)
  }

  func makePrimitive(
    _ description: PrimitiveDescription, source: Tensor, output: Tensor, run: Int
  ) throws(KernelError) -> Primitive {
    try Primitive(
      backwardToSource: description, outputGradient: output, weights: problem.weights,
      sourceGradient: source, context: problem.context)
  }

  func make(_ description: PrimitiveDescription) throws(KernelError) -> any OperatorPass {
    let context = problem.context
    let from = try outputGradient.reordered(
      to: description.descriptor(dnnl_query_diff_dst_md), context: context)
    let to = try sourceGradient.staged(
      in: description.descriptor(dnnl_query_diff_src_md), context: context)
    return ReorderedPass(
      try makePrimitive(description, source: to.tensor, output: from.tensor, run: 0),
      before: from.passes, behind: to.passes)
  }
}
