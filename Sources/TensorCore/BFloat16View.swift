// Brain floating point: half the memory of Float, the same range, three digits.

/// Numbers in brain floating point (bfloat16: the upper half of a `Float`, 8 bits of precision), in blocks of sixteen.
///
/// A block is eight words of 32 bits: number i of the block is the lower half of word i, number i + 8 the upper half, so
/// that a vector of eight words is widened by one shift and one mask. Numbers are rounded to the nearest, ties to even;
/// relative error at most 2^-9.
public struct BFloat16View: LaneView, @unchecked Sendable {
  @usableFromInline let words: UnsafeMutablePointer<UInt32>
  public let count: Int

  @inlinable
  public static var elementType: ElementType { .bfloat16 }

  @inlinable
  public init(at address: UnsafeMutableRawPointer, count: Int) {
    words = address.assumingMemoryBound(to: UInt32.self)
    self.count = count
  }

  /// `offset` is a multiple of sixteen.
  @inlinable
  public func slice(_ offset: Int, _ count: Int) -> BFloat16View {
    precondition(
      offset >= 0 && offset % 16 == 0 && count >= 0 && offset + count <= self.count,
      "BFloat16View: \(count) numbers from \(offset) of \(self.count)")
    return BFloat16View(at: words + offset / 2, count: count)
  }

  /// `index` is a multiple of sixteen.
  @inlinable @inline(__always)
  public func vector16(at index: Int) -> SIMD16<Float> {
    assert(
      index >= 0 && index % 16 == 0 && index + 16 <= count, "BFloat16View: \(index) of \(count)")
    let block = UnsafeRawPointer(words + index &>> 1).loadUnaligned(as: SIMD8<UInt32>.self)
    return unsafeBitCast((block &<< 16, block & 0xffff_0000), to: SIMD16<Float>.self)
  }

  /// `index` is a multiple of sixteen.
  @inlinable @inline(__always)
  public func setVector16(_ value: SIMD16<Float>, at index: Int) {
    assert(
      index >= 0 && index % 16 == 0 && index + 16 <= count, "BFloat16View: \(index) of \(count)")
    let (low, high) = unsafeBitCast(value, to: (SIMD8<Float>, SIMD8<Float>).self)
    let block = Self.rounded(low) &>> 16 | Self.rounded(high) & 0xffff_0000
    UnsafeMutableRawPointer(words + index &>> 1).storeBytes(of: block, as: SIMD8<UInt32>.self)
  }

  /// The bits of `value` after rounding; the lower sixteen mean nothing. What is not a number stays so.
  @inlinable @inline(__always)
  static func rounded(_ value: SIMD8<Float>) -> SIMD8<UInt32> {
    let bits = unsafeBitCast(value, to: SIMD8<UInt32>.self)
    let isEvenBit = (bits &>> 16) & 1
    let nearest = bits &+ isEvenBit &+ 0x7fff
    return nearest.replacing(
      with: 0x7fc0_0000, where: value .!= value)
  }
}
