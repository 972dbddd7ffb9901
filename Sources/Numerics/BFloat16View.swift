// Brain floating point: half the memory of Float, the same range, three digits.

import CInstructions

/// Numbers in brain floating point (bfloat16: the upper half of a `Float`, 8 bits of precision), in blocks of sixteen.
///
/// Numbers are rounded to the nearest, ties to even; relative error at most 2^-9. Where the program was compiled for a
/// processor with instructions for it (``hasInstructions``), numbers lie in their order, and subnormal ones become 0.
/// Elsewhere a block is eight words of 32 bits: number i is the lower half of word i, number i + 8 the upper half, so
/// that a vector of eight words is widened by one shift and one mask.
public struct BFloat16View: LaneView, @unchecked Sendable {
  @usableFromInline let words: UnsafeMutablePointer<UInt32>
  public let count: Int

  @inlinable
  public static var elementType: ElementType { .bfloat16 }

  /// Whether the program was compiled for a processor that converts and multiplies such numbers.
  @inlinable
  public static var hasInstructions: Bool { HYPERDIST_BFLOAT16_INSTRUCTIONS != 0 }

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
    if Self.hasInstructions {
      var result = SIMD16<Float>.zero
      hyperdist_widen(words + index &>> 1, &result)
      return result
    }
    let block = UnsafeRawPointer(words + index &>> 1).loadUnaligned(as: SIMD8<UInt32>.self)
    return unsafeBitCast((block &<< 16, block & 0xffff_0000), to: SIMD16<Float>.self)
  }

  /// `index` is a multiple of sixteen.
  @inlinable @inline(__always)
  public func setVector16(_ value: SIMD16<Float>, at index: Int) {
    assert(
      index >= 0 && index % 16 == 0 && index + 16 <= count, "BFloat16View: \(index) of \(count)")
    if Self.hasInstructions {
      withUnsafePointer(to: value) { hyperdist_narrow($0, words + index &>> 1) }
      return
    }
    let (low, high) = unsafeBitCast(value, to: (SIMD8<Float>, SIMD8<Float>).self)
    let block = Self.rounded(low) &>> 16 | Self.rounded(high) & 0xffff_0000
    UnsafeMutableRawPointer(words + index &>> 1).storeBytes(of: block, as: SIMD8<UInt32>.self)
  }

  /// `index` is a multiple of sixteen.
  @inlinable @inline(__always)
  public func prefetch16(at index: Int, forWriting: Bool) {
    assert(index >= 0 && index % 16 == 0, "BFloat16View: element \(index)")
    hyperdist_prefetch(words + index &>> 1, forWriting ? 1 : 0)
  }

  /// Stores sixteen pairs of numbers from `index` on, a multiple of 32: `first[i]`, `second[i]`. Where ``hasInstructions``.
  @inlinable @inline(__always)
  public func setPairs16(_ first: SIMD16<Float>, _ second: SIMD16<Float>, at index: Int) {
    assert(
      index >= 0 && index % 32 == 0 && index + 32 <= count, "BFloat16View: \(index) of \(count)")
    withUnsafePointer(to: first) { first in
      withUnsafePointer(to: second) { hyperdist_narrow_pairs(first, $0, words + index &>> 1) }
    }
  }

  /// result[j, :] = sum over i < `count` and both numbers of a pair of left[j `row` + i `step`] * right[i, :], eight rows of
  /// sixteen; added to what is there where `accumulating`. Where ``hasInstructions``.
  ///
  /// - Parameters:
  ///   - left: pairs; `row` and `step` count pairs.
  ///   - right: rows of sixteen pairs, one behind the other.
  @inlinable @inline(__always)
  public static func multiplyEightRows(
    _ left: BFloat16View, row: Int, step: Int, _ right: BFloat16View, count: Int,
    into result: VectorView<Float>, accumulating: Bool = false
  ) {
    assert(
      (7 * row + (count - 1) * step) * 2 + 2 <= left.count && 32 * count <= right.count
        && result.count >= 128, "BFloat16View: rows that are not there")
    hyperdist_dot_eight(
      left.words, row, step, right.words, count, result.baseAddress, accumulating ? 1 : 0)
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
