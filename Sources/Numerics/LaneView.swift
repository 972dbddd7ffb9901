// Numbers that kernels read and write sixteen at a time, however they are stored.

import CInstructions

/// A view of numbers stored in some width that are computed with as `Float`, sixteen at a time.
///
/// Kernels that are generic over it are written once for all widths: ``FloatView`` and ``BFloat16View``.
public protocol LaneView: Sendable {
  static var elementType: ElementType { get }

  /// Numbers it holds.
  var count: Int { get }

  /// The `count` numbers at `address`, which somebody else owns.
  init(at address: UnsafeMutableRawPointer, count: Int)

  /// The `count` numbers from `offset` on.
  func slice(_ offset: Int, _ count: Int) -> Self

  /// Sixteen numbers from `index` on.
  func vector16(at index: Int) -> SIMD16<Float>

  /// Stores sixteen numbers from `index` on, rounded where they are stored in fewer bits.
  func setVector16(_ value: SIMD16<Float>, at index: Int)

  /// Asks for sixteen numbers from `index` on, so that they are in the second-level cache when they are needed.
  /// It may lie behind the end.
  func prefetch16(at index: Int, forWriting: Bool)
}

extension VectorView: LaneView where Element == Float {
  @inlinable
  public static var elementType: ElementType { .float32 }

  @inlinable
  public init(at address: UnsafeMutableRawPointer, count: Int) {
    self.init(baseAddress: address.assumingMemoryBound(to: Float.self), count: count)
  }

  @inlinable @inline(__always)
  public func prefetch16(at index: Int, forWriting: Bool) {
    assert(index >= 0, "VectorView: element \(index)")
    hyperdist_prefetch(baseAddress + index, forWriting ? 1 : 0)
  }
}

extension LaneView {
  /// Overwrites all numbers with `source`'s, of the same count, a multiple of sixteen.
  @inlinable
  public func setLanes<Source: LaneView>(_ source: Source) {
    precondition(
      source.count == count && count % 16 == 0, "LaneView: \(source.count) numbers into \(count)")
    for index in stride(from: 0, to: count, by: 16) {
      setVector16(source.vector16(at: index), at: index)
    }
  }
}
