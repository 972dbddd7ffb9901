// Backward passes of a convolution to its filters.

import CDNNL
import Numerics

/// Source and the output's gradient to the gradient of kernels and biases.
struct ConvolutionToWeights: LibraryConvolution {
  let problem: ConvolutionProblem
  let outputGradient: Tensor
  let gradients: FilterGradients
  private let runs: LibraryGradientRuns

  init(problem: ConvolutionProblem, outputGradient: Tensor, gradients: FilterGradients) {
    self.problem = problem
    self.outputGradient = outputGradient
    self.gradients = gradients
    runs = LibraryGradientRuns(gradients)
  }

  static let candidates = CandidateList<Self, any OperatorPass>(
    "convolution backward to the weights",
    [
      Candidate(
        name: "matrix of images", condition: "vectors of sixteen images, kernels as large as these",
        applies: {
          $0.problem.suitsLanes && $0.problem.seesWholeImages
            && $0.outputGradient.elementType == .float32
        }, make: { $0.makeMatrix() }),
      Candidate(
        name: "Winograd in lanes",
        condition:
          "vectors of sixteen images, rows of 3 and 5 taps, stride 1, where it saves products",
        applies: { $0.problem.suitsLaneWinograd }, make: { $0.makeLaneWinograd() }),
      Candidate(
        name: "images in lanes", condition: "vectors of sixteen images",
        applies: { $0.problem.suitsLanes }, make: { $0.makeLanes() }),
      Candidate(
        name: "Winograd", condition: "3x3 and 5x5, stride 1, blocks of sixteen channels",
        applies: { $0.problem.suitsWinograd }, make: { $0.makeWinograd() }),
      .library,
      Candidate(
        name: "patches", condition: "images of at most four channels",
        applies: { $0.problem.suitsPatches }, make: { $0.makePatches() }),
      .reordered, .reference,
    ])

  private func makeWinograd() -> WinogradWeightPass {
    WinogradWeightPass(
      tiles: problem.tiles, source: problem.source, outputGradient: outputGradient,
      factors: problem.factors, gradients: gradients, context: problem.context)
  }

  private func makeMatrix() -> LaneMatrixPass {
    LaneMatrixPass(
      source: problem.source, outputGradient: outputGradient, gradients: gradients,
      context: problem.context)
  }

  private func makeLaneWinograd() -> LaneWinogradWeightPass {
    LaneWinogradWeightPass(
      problem.laneTiles, source: problem.source, outputGradient: outputGradient,
      gradients: gradients, context: problem.context)
  }

  private func makeLanes() -> LaneWeightPass {
    LaneWeightPass(
      problem.geometry, source: problem.source, outputGradient: outputGradient,
      gradients: gradients, context: problem.context)
  }

  private func makePatches() -> ThinWeightPass {
    ThinWeightPass(problem.patches, outputGradient: outputGradient, gradients: gradients)
  }

  // MARK: oneDNN

  var tensors: (source: Tensor, output: Tensor) { (problem.source, outputGradient) }

  /// Each run's gradient costs an addition of all its numbers.
  static func runCount(images: Int) -> Int { max(1, min(images / 8, 4)) }
  var behind: (any OperatorPass)? { runs }

  func describe(source: TensorDescriptor, output: TensorDescriptor) throws(KernelError)
    -> PrimitiveDescription
  {
    let (geometry, name) = (problem.geometry, "convolution backward to the weights \(problem.name)")
    var operation = dnnl_convolution_desc_t()
    var descriptors = (source.raw, problem.anyKernels(.float32).raw, output.raw)
    try check(
      withPointer(to: problem.weights.bias?.descriptor.raw) { bias in
        dnnl_convolution_backward_weights_desc_init(
          &operation, dnnl_convolution_direct, &descriptors.0, &descriptors.1, bias,
          &descriptors.2, geometry.stride.dims, geometry.paddingBefore.dims,
          geometry.paddingBehind.dims)
      }, name)
    let hint = try problem.describeForward(source: source, output: output)
    return try PrimitiveDescription(
      name, operation, context: problem.context, forward: hint.handle.raw)
  }

  func makePrimitive(
    _ description: PrimitiveDescription, source: Tensor, output: Tensor, run: Int
  ) throws(KernelError) -> Primitive {
    try Primitive(
      backwardToWeights: description, source: source, outputGradient: output,
      into: runs.makeParts(of: run, description, context: problem.context),
      context: problem.context)
  }

  func make(_ description: PrimitiveDescription) throws(KernelError) -> any OperatorPass {
    let context = problem.context
    let from = try problem.source.reordered(
      to: description.descriptor(dnnl_query_src_md), context: context)
    let gradient = try outputGradient.reordered(
      to: description.descriptor(dnnl_query_diff_dst_md), context: context)
    return ReorderedPass(
      try makePrimitive(description, source: from.tensor, output: gradient.tensor, run: 0),
      before: from.passes + gradient.passes, behind: [])
  }
}
