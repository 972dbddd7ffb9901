// From the layout in which a pass sums gradients to the flat gradient.

import Numerics

/// How a pass lays out the gradient of the kernels.
protocol KernelGradients: AnyObject {
  /// Numbers in that layout.
  var kernelCount: Int { get }
  /// Whether oneDNN brings them there, which only a team's lead may run.
  var isOfLibrary: Bool { get }
  /// Overwrites the kernels' places in the layer's part of the flat gradient, `block`, from `sum`. Runs on one member of a team,
  /// whose scratch memory it uses; others run those of other layers.
  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView, member: Int)
}

extension KernelGradients {
  var isOfLibrary: Bool { false }
}
