// The three passes of an operator with filters: whatever the operation, they take the same arguments.

import CDNNL

extension Primitive {
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

  /// The output's gradient to the weights', of the images at hand.
  convenience init(
    backwardToWeights description: PrimitiveDescription, source: Tensor, outputGradient: Tensor,
    gradients: FilterGradients, context: KernelContext
  ) throws(KernelError) {
    let slice = try gradients.makeSlice(in: description.descriptor(dnnl_query_diff_weights_md))
    try self.init(
      description, context: context,
      [
        DNNL_ARG_SRC: source, DNNL_ARG_DIFF_DST: outputGradient,
        DNNL_ARG_DIFF_WEIGHTS_0: slice.kernels, DNNL_ARG_DIFF_BIAS: slice.bias,
      ])
  }
}
