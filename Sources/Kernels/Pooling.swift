// Pooling of any window and layout, through oneDNN.

import CDNNL
import TensorCore

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
  private let forwardPass: Primitive
  /// Which element of its window was the largest, in a format of oneDNN's own.
  private let workspace: Tensor?
  private var backwardPass: Primitive?

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
    let name = "pooling forward of \(input) by \(size), stride \(stride)"
    var operation = dnnl_pooling_desc_t()
    var descriptors = (source.descriptor.raw, TensorDescriptor.any(outputShape).raw)
    try check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_training, Self.algorithm(kind), &descriptors.0, &descriptors.1,
        stride.dims, size.dims, [0, 0], [0, 0]), name)
    forwardDescription = try PrimitiveDescription(name, operation, context: context)
    output = try Tensor(forwardDescription.descriptor(dnnl_query_dst_md), context: context)
    switch kind {
    case .max:
      let workspace = try Tensor(
        forwardDescription.descriptor(dnnl_query_workspace_md), context: context)
      self.workspace = workspace
      forwardPass = try Primitive(
        forwardDescription, context: context,
        [DNNL_ARG_SRC: source, DNNL_ARG_DST: output, DNNL_ARG_WORKSPACE: workspace])
    case .average:
      workspace = nil
      forwardPass = try Primitive(
        forwardDescription, context: context, [DNNL_ARG_SRC: source, DNNL_ARG_DST: output])
    }
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
    var descriptors = (sourceGradient.descriptor.raw, outputGradient.descriptor.raw)
    try check(
      dnnl_pooling_backward_desc_init(
        &operation, Self.algorithm(kind), &descriptors.0, &descriptors.1, stride.dims, size.dims,
        [0, 0], [0, 0]), name)
    let description = try PrimitiveDescription(
      name, operation, context: context, forward: forwardDescription.handle.raw)
    if let workspace {
      backwardPass = try Primitive(
        description, context: context,
        [
          DNNL_ARG_DIFF_SRC: sourceGradient, DNNL_ARG_DIFF_DST: outputGradient,
          DNNL_ARG_WORKSPACE: workspace,
        ])
    } else {
      backwardPass = try Primitive(
        description, context: context,
        [DNNL_ARG_DIFF_SRC: sourceGradient, DNNL_ARG_DIFF_DST: outputGradient])
    }
  }

  public func forward() { forwardPass.execute() }
  public func backward() { backwardPass?.execute() }
}
