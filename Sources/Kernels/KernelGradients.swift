// From the layout in which a pass sums gradients to the flat gradient.

import Numerics

/// How a pass lays out the gradient of the kernels.
protocol KernelGradients: AnyObject {
  /// Numbers in that layout.
  var kernelCount: Int { get }
  /// Overwrites the kernels' places in the layer's part of the flat gradient, `block`, from `sum`.
  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView)
}
