// Forward passes of a convolution.

import CDNNL
import Numerics

/// output = source (*) kernels + bias, with or without ReLU.
struct ConvolutionForward: LibraryConvolution {
  let problem: ConvolutionProblem
  let output: Tensor
  let rectified: Bool

  /// Of products of bfloat16 oneDNN's are as fast as Winograd's algorithm, whose rounding errors would grow from layer to
  /// layer (the gradients' do not: a rectifier passes on or drops what the forward pass has decided).
  static let candidates = CandidateList<Self, any OperatorPass>(
    "convolution forward",
    [
      Candidate(
        name: "Winograd in lanes",
        condition:
          "vectors of sixteen images, rows of 3 and 5 taps, stride 1, where it saves products",
        applies: { $0.problem.suitsLaneWinograd }, make: { $0.makeLaneWinograd() }),
      Candidate(
        name: "images in lanes", condition: "vectors of sixteen images",
        applies: { $0.problem.suitsLanes }, make: { $0.makeLanes() }),
      Candidate(
        name: "Winograd",
        condition: "3x3 and 5x5, stride 1, blocks of sixteen channels, products of Float",
        applies: { $0.problem.suitsWinograd && $0.problem.factors == .float32 },
        make: { $0.makeWinograd() }),
      .library,
      Candidate(
        name: "patches", condition: "images of at most four channels",
        applies: { $0.problem.suitsPatches }, make: { $0.makePatches() }),
      .reordered, .reference,
    ])

  private func makeWinograd() -> WinogradPass {
    WinogradPass(
      tiles: problem.tiles, source: problem.source,
      channelCount: problem.weights.shape.kernelShape[0], output: output,
      kernels: problem.makeWinogradKernels(
        side: problem.tiles.side, isTransposed: false, factors: .float32),
      bias: problem.weights.bias, rectified: rectified, context: problem.context)
  }

  private func makeLaneWinograd() -> LaneWinogradPass {
    let (weights, tiles) = (problem.weights, problem.laneTiles)
    let kernels = weights.add { LaneWinogradKernels(weights.shape, side: tiles.side) }
    return LaneWinogradPass(
      tiles, kernels: kernels, source: problem.source, output: output,
      bias: weights.bias, rectified: rectified, context: problem.context)
  }

  private func makeLanes() -> LanePass {
    LanePass(
      LaneTaps(
        forward: problem.geometry, source: problem.source.shape, output: problem.outputShape),
      weights: problem.makeLaneWeights(), rowStep: problem.weights.shape.filterSize,
      source: problem.source, target: output, bias: problem.weights.bias, rectified: rectified,
      context: problem.context)
  }

  private func makePatches() -> ThinPass {
    ThinPass(problem.patches, weights: problem.weights, output: output, rectified: rectified)
  }

  // MARK: oneDNN

  var tensors: (source: Tensor, output: Tensor) { (problem.source, output) }

  func describe(source: TensorDescriptor, output: TensorDescriptor) throws(KernelError)
    -> PrimitiveDescription
  {
    try problem.describeForward(source: source, output: output, rectified: rectified)
  }

  func makePrimitive(
    _ description: PrimitiveDescription, source: Tensor, output: Tensor, run: Int
  ) throws(KernelError) -> Primitive {
    try Primitive(
      forward: description, source: source, weights: problem.weights, output: output,
      context: problem.context)
  }

  func make(_ description: PrimitiveDescription) throws(KernelError) -> any OperatorPass {
    let context = problem.context
    let from = try problem.source.reordered(
      to: description.descriptor(dnnl_query_src_md), context: context)
    let to = try output.staged(in: description.descriptor(dnnl_query_dst_md), context: context)
    return ReorderedPass(
      try makePrimitive(description, source: from.tensor, output: to.tensor, run: 0),
      before: from.passes, behind: to.passes)
  }
}
