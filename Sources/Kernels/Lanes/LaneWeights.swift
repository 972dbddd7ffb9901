// Filters as passes of sixteen images at a time read them.

import Numerics

/// A copy of a layer's part of the flat vector: filters one behind the other, weights being read one by one.
final class LaneWeights: DerivedKernels {
  private let storage: AlignedBuffer<Float>
  var values: FloatView { storage.view }

  init(_ shape: FilterShape) { storage = AlignedBuffer(count: shape.count) }

  func load(_ block: FloatView, member: Int) { storage.view.copy(from: block) }
}
