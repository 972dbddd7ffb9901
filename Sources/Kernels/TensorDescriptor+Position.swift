// Where a layout puts an element.

import CDNNL

extension TensorDescriptor {
  /// Place of the element `index` (image, channel, ...) among the layout's numbers.
  ///
  /// The innermost blocks come last in memory: peeled off from there, each takes the remainder of its
  /// axis' index; what is left of the index moves by the axis' stride.
  package func position(of index: [Int]) -> Int {
    precondition(index.count == Int(raw.ndims), "position of \(index) in \(shape)")
    var blocking = raw.format_desc.blocking
    let blockCount = Int(blocking.inner_nblks)
    let blocks = withUnsafeBytes(of: &blocking.inner_blks) {
      $0.bindMemory(to: dnnl_dim_t.self).prefix(blockCount).map { Int($0) }
    }
    let axes = withUnsafeBytes(of: &blocking.inner_idxs) {
      $0.bindMemory(to: dnnl_dim_t.self).prefix(blockCount).map { Int($0) }
    }
    let strides = withUnsafeBytes(of: &blocking.strides) {
      $0.bindMemory(to: dnnl_dim_t.self).prefix(index.count).map { Int($0) }
    }
    var rest = index
    var position = Int(raw.offset0)
    var step = 1
    for (block, axis) in zip(blocks, axes).reversed() {
      position += rest[axis] % block * step
      rest[axis] /= block
      step *= block
    }
    return position + zip(rest, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
