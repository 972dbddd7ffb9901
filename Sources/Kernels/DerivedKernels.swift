// Filters in layouts of our own.

import Numerics

/// Kernels in a layout that is computed from the flat vector.
protocol DerivedKernels: AnyObject {
  /// Takes the kernels from the layer's part of the flat vector: `block` is read.
  func load(_ block: FloatView)
}
