// Filters in layouts of our own.

import Numerics

/// Kernels in a layout that is computed from the flat vector.
protocol DerivedKernels: AnyObject {
  /// Takes the kernels from the layer's part of the flat vector: `block` is read. Runs on one member of a team, whose scratch
  /// memory it uses; others run those of other kernels.
  func load(_ block: FloatView, member: Int)
}
