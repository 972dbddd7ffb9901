// Gradients of filters that oneDNN sums over runs of images.

import CDNNL
import Numerics

/// Where each run's gradient is, and their sum, in the runs' order.
final class LibraryGradientRuns: OperatorPass {
  private let gradients: FilterGradients
  private var layout: TensorDescriptor?
  private var parts: [FilterGradients.Parts] = []

  init(_ gradients: FilterGradients) { self.gradients = gradients }

  /// Where run `run` writes by what `description` says; runs in their order.
  func makeParts(of run: Int, _ description: PrimitiveDescription, context: KernelContext)
    throws(KernelError) -> FilterGradients.Parts
  {
    precondition(run == parts.count, "LibraryGradientRuns: run \(run) behind \(parts.count)")
    let descriptor = description.descriptor(dnnl_query_diff_weights_md)
    if run == 0 {
      layout = descriptor
      let kernels = try LibraryKernelGradients(descriptor, context: context)
      parts = [gradients.makeParts(kernelCount: kernels.kernelCount)]
      gradients.take(from: kernels)
    } else {
      precondition(descriptor == layout, "LibraryGradientRuns: runs laid out in two ways")
      parts.append(gradients.makeMoreParts(kernelCount: parts[0].kernels.count))
    }
    return parts[run]
  }

  /// Adds the other runs' gradients to the first one's, which is the slice's.
  func execute() {
    for part in parts.dropFirst() {
      VectorMath.add(part.kernels, times: 1, to: parts[0].kernels)
      if let bias = part.bias, let total = parts[0].bias {
        VectorMath.add(bias, times: 1, to: total)
      }
    }
  }
}
