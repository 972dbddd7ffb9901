// Pooling of any window and layout, through oneDNN.

import CDNNL

/// The largest or the mean of each window; windows may overlap, none reaches over the border.
public final class Pooling: NetworkOperator {
  public enum Kind: Sendable { case max, average }

  public let output: Tensor
  private let kind: Kind
  /// (rows, columns) of a window, and between two.
  private let size: [Int]
  private let stride: [Int]
  private let source: Tensor
  private let context: KernelContext
  private let forwardDescription: PrimitiveDescription
  private let forwardPass: any OperatorPass
  /// Which element of its window was the largest, in a format of oneDNN's own.
  private let workspace: Tensor?
  private var backwardPass: (any OperatorPass)?

  /// Square windows.
  public convenience init(
    source: Tensor, kind: Kind, size: Int, stride: Int, context: KernelContext
  ) throws(KernelError) {
    try self.init(
      source: source, kind: kind, window: [size, size], stride: [stride, stride], context: context)
  }

  /// Windows of (rows, columns), `stride` (rows, columns) apart.
  public init(
    source: Tensor, kind: Kind, window size: [Int], stride: [Int], context: KernelContext
  ) throws(KernelError) {
    self.source = source
    self.kind = kind
    self.size = size
    self.stride = stride
    self.context = context
    let input = source.shape
    let outputShape = [
      input[0], input[1], (input[2] - size[0]) / stride[0] + 1,
      (input[3] - size[1]) / stride[1] + 1,
    ]
    func describe(_ layout: TensorDescriptor) throws(KernelError) -> PrimitiveDescription {
      let name = "pooling forward of \(input) by \(size), stride \(stride)"
      var operation = dnnl_pooling_desc_t()
      var descriptors = (layout.raw, TensorDescriptor.any(outputShape).raw)
      try check(
        dnnl_pooling_forward_desc_init(
          &operation, dnnl_forward_training, Self.algorithm(kind), &descriptors.0, &descriptors.1,
          stride.dims, size.dims, [0, 0], [0, 0]), name)
      return try PrimitiveDescription(name, operation, context: context)
    }
    // Processors without AVX-512 have fast code for blocks of eight channels only.
    let direct = try describe(source.descriptor.widened)
    let isBlocked = source.descriptor.isBlocked16
    forwardDescription =
      direct.isReference && isBlocked ? try describe(.blocked8(input)) : direct
    output = try Tensor(
      isBlocked ? .blocked16(outputShape) : forwardDescription.descriptor(dnnl_query_dst_md),
      context: context)
    let from = try source.reordered(
      to: forwardDescription.descriptor(dnnl_query_src_md), context: context)
    let to = try output.staged(
      in: forwardDescription.descriptor(dnnl_query_dst_md), context: context)
    workspace =
      kind == .max
      ? try Tensor(forwardDescription.descriptor(dnnl_query_workspace_md), context: context) : nil
    forwardPass = ReorderedPass(
      try Primitive(
        forwardDescription, context: context,
        [
          DNNL_ARG_SRC: from.tensor, DNNL_ARG_DST: to.tensor, DNNL_ARG_WORKSPACE: workspace,
        ]), before: from.passes, behind: to.passes)
  }

  private static func algorithm(_ kind: Kind) -> dnnl_alg_kind_t {
    switch kind {
    case .max: dnnl_pooling_max
    case .average: dnnl_pooling_avg_exclude_padding
    }
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError) {
    guard let sourceGradient else { return }
    let name = "pooling backward to \(source.shape) by \(size), stride \(stride)"
    var operation = dnnl_pooling_desc_t()
    // Tensors that lie otherwise than the forward pass' go to oneDNN as they are: it refuses what does not fit.
    let layouts = (
      sourceGradient.descriptor == source.descriptor
        ? forwardDescription.descriptor(dnnl_query_src_md) : sourceGradient.descriptor,
      outputGradient.descriptor == output.descriptor
        ? forwardDescription.descriptor(dnnl_query_dst_md) : outputGradient.descriptor
    )
    var descriptors = (layouts.0.raw, layouts.1.raw)
    try check(
      dnnl_pooling_backward_desc_init(
        &operation, Self.algorithm(kind), &descriptors.0, &descriptors.1, stride.dims, size.dims,
        [0, 0], [0, 0]), name)
    let description = try PrimitiveDescription(
      name, operation, context: context, forward: forwardDescription.handle.raw)
    let from = try outputGradient.reordered(to: layouts.1, context: context)
    let to = try sourceGradient.staged(in: layouts.0, context: context)
    backwardPass = ReorderedPass(
      try Primitive(
        description, context: context,
        [
          DNNL_ARG_DIFF_SRC: to.tensor, DNNL_ARG_DIFF_DST: from.tensor,
          DNNL_ARG_WORKSPACE: workspace,
        ]), before: from.passes, behind: to.passes)
  }

  public var implementations: [String] {
    implementationNames(of: forwardPass, backwardPass)
  }

  public func forward() { forwardPass.execute() }
  public func backward() { backwardPass?.execute() }
}
