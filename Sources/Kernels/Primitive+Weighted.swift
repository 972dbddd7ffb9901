// The three passes of an operator with filters: whatever the operation, they take the same arguments.

import CDNNL

extension Primitive {
  /// destination = source in another layout.
  convenience init(reorder source: Tensor, to destination: Tensor, context: KernelContext)
    throws(KernelError)
  {
    try self.init(
      PrimitiveDescription(
        reorder: source.descriptor, to: destination.descriptor, context: context),
      context: context, [DNNL_ARG_FROM: source, DNNL_ARG_TO: destination])
  }

  /// output = source (*) kernels + bias.
  convenience init(
    forward description: PrimitiveDescription, source: Tensor, weights: FilterWeights,
    output: Tensor, context: KernelContext
  ) throws(KernelError) {
    try self.init(
      description, context: context,
      [
        DNNL_ARG_SRC: source, DNNL_ARG_BIAS: weights.bias, DNNL_ARG_DST: output,
        DNNL_ARG_WEIGHTS_0: try weights.kernels(in: description.descriptor(dnnl_query_weights_md)),
      ])
  }

  /// The output's gradient to the source's.
  convenience init(
    backwardToSource description: PrimitiveDescription, outputGradient: Tensor,
    weights: FilterWeights, sourceGradient: Tensor, context: KernelContext
  ) throws(KernelError) {
    try self.init(
      description, context: context,
      [
        DNNL_ARG_DIFF_SRC: sourceGradient, DNNL_ARG_DIFF_DST: outputGradient,
        DNNL_ARG_WEIGHTS_0: try weights.kernels(in: description.descriptor(dnnl_query_weights_md)),
      ])
  }

  /// The output's gradient to the weights' in `parts`, of the images at hand.
  convenience init(
    backwardToWeights description: PrimitiveDescription, source: Tensor, outputGradient: Tensor,
    into parts: FilterGradients.Parts, context: KernelContext
  ) throws(KernelError) {
    let kernels = try Tensor(
      external: description.descriptor(dnnl_query_diff_weights_md), context: context)
    kernels.bind(parts.kernels)
    var bias: Tensor?
    if let values = parts.bias {
      let made = try Tensor(external: .plain([values.count]), context: context)
      made.bind(values)
      bias = made
    }
    try self.init(
      description, context: context,
      [
        DNNL_ARG_SRC: source, DNNL_ARG_DIFF_DST: outputGradient,
        DNNL_ARG_DIFF_WEIGHTS_0: kernels, DNNL_ARG_DIFF_BIAS: bias,
      ])
  }
}
