// Pooling of any window and layout, through oneDNN.

import CDNNL

/// ``Pooling`` by oneDNN, which stores what its forward pass found for its backward pass.
final class LibraryPooling: NetworkOperator {
  let output: Tensor
  private let task: Pooling
  private let forwardDescription: PrimitiveDescription
  private let forwardPass: any OperatorPass
  /// Which element of its window was the largest, in a format of oneDNN's own.
  private let workspace: Tensor?
  private var backwardPass: (any OperatorPass)?

  /// - Parameter description: of the forward pass; images that lie otherwise are brought into its layouts and back.
  init(_ task: Pooling, _ description: PrimitiveDescription) throws(KernelError) {
    self.task = task
    forwardDescription = description
    let (source, context) = (task.source, task.context)
    output = try Tensor(
      source.descriptor.isLanes16
        ? .lanes16(task.outputShape, source.elementType)
        : source.descriptor.isBlocked16
          ? .blocked16(task.outputShape, source.elementType)
          : description.descriptor(dnnl_query_dst_md),
      context: context)
    let from = try source.reordered(
      to: description.descriptor(dnnl_query_src_md), context: context)
    let to = try output.staged(in: description.descriptor(dnnl_query_dst_md), context: context)
    workspace =
      task.kind == .max
      ? try Tensor(description.descriptor(dnnl_query_workspace_md), context: context) : nil
    forwardPass = ReorderedPass(
      try Primitive(
        description, context: context,
        [
          DNNL_ARG_SRC: from.tensor, DNNL_ARG_DST: to.tensor, DNNL_ARG_WORKSPACE: workspace,
        ]), before: from.passes, behind: to.passes)
  }

  func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError) {
    guard let sourceGradient else { return }
    let context = task.context
    let name =
      "pooling backward to \(task.source.shape) by \(task.window), stride \(task.stride)"
    var operation = dnnl_pooling_desc_t()
    // Tensors that lie otherwise than the forward pass' go to oneDNN as they are: it refuses what does not fit.
    let layouts = (
      sourceGradient.descriptor == task.source.descriptor
        ? forwardDescription.descriptor(dnnl_query_src_md) : sourceGradient.descriptor,
      outputGradient.descriptor == output.descriptor
        ? forwardDescription.descriptor(dnnl_query_dst_md) : outputGradient.descriptor
    )
    var descriptors = (layouts.0.raw, layouts.1.raw)
    try check(
      dnnl_pooling_backward_desc_init(
        &operation, task.algorithm, &descriptors.0, &descriptors.1, task.stride.dims,
        task.window.dims, [0, 0], [0, 0]), name)
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

  var implementations: [String] {
    implementationNames(of: forwardPass, backwardPass)
  }

  func forward() { forwardPass.execute() }
  func backward() { backwardPass?.execute() }
}
