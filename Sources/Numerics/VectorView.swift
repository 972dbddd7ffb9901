// Unowned views of contiguous numbers: how spans of one flat buffer are handed around.

import CInstructions
import Glibc

/// A view of `count` contiguous elements that somebody else owns, for reading and writing.
///
/// A view is what a ``ParameterLayout`` cuts out of a flat buffer and what the threads of a step
/// share: copying it copies an address. Who makes a view guarantees that the storage outlives it (keep
/// the owner in a variable or property, never in a temporary) and that no two threads write the same
/// element. Element access is checked in debug builds, slicing
/// always.
public struct VectorView<Element: BitwiseCopyable>: @unchecked Sendable {
  /// Only for the statement that calls a C function.
  public let baseAddress: UnsafeMutablePointer<Element>
  public let count: Int

  @inlinable
  public init(baseAddress: UnsafeMutablePointer<Element>, count: Int) {
    self.baseAddress = baseAddress
    self.count = count
  }

  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count, "VectorView: index \(index) of \(count)")
      return baseAddress[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count, "VectorView: index \(index) of \(count)")
      baseAddress[index] = newValue
    }
  }

  /// The `count` elements from `offset` on.
  @inlinable
  public func slice(_ offset: Int, _ count: Int) -> VectorView {
    precondition(
      offset >= 0 && count >= 0 && offset + count <= self.count,
      "VectorView: \(count) elements from \(offset) of \(self.count)")
    return VectorView(baseAddress: baseAddress + offset, count: count)
  }

  @inlinable
  public func slice(_ range: Range<Int>) -> VectorView { slice(range.lowerBound, range.count) }

  /// The elements from `offset` on.
  @inlinable
  public func dropFirst(_ offset: Int) -> VectorView { slice(offset, count - offset) }

  /// Overwrites every element with `value`.
  @inlinable
  public func fill(_ value: Element) {
    baseAddress.update(repeating: value, count: count)
  }

  /// Overwrites every element from `source`, which has the same count.
  @inlinable
  public func copy(from source: VectorView) {
    precondition(source.count == count, "VectorView: \(source.count) elements into \(count)")
    memcpy(baseAddress, source.baseAddress, count * MemoryLayout<Element>.stride)
  }

  /// Overwrites every element from an array, which has the same count.
  @inlinable
  public func copy(from source: [Element]) {
    precondition(source.count == count, "VectorView: \(source.count) elements into \(count)")
    for index in 0..<count { baseAddress[index] = source[index] }
  }

  /// The elements as an array of their own.
  @inlinable
  public var array: [Element] { Array(UnsafeBufferPointer(start: baseAddress, count: count)) }

  /// The same memory, seen as bytes.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: baseAddress, count: count * MemoryLayout<Element>.stride)
  }
}

public typealias FloatView = VectorView<Float>
public typealias DoubleView = VectorView<Double>

extension VectorView where Element == Float {
  /// Sixteen elements from `index` on, as one vector.
  @inlinable @inline(__always)
  public func vector16(at index: Int) -> SIMD16<Float> {
    assert(index >= 0 && index + 16 <= count, "VectorView: 16 elements from \(index) of \(count)")
    return UnsafeRawPointer(baseAddress + index).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Stores sixteen elements from `index` on.
  @inlinable @inline(__always)
  public func setVector16(_ value: SIMD16<Float>, at index: Int) {
    assert(index >= 0 && index + 16 <= count, "VectorView: 16 elements from \(index) of \(count)")
    UnsafeMutableRawPointer(baseAddress + index).storeBytes(of: value, as: SIMD16<Float>.self)
  }
}

extension VectorView<UInt8> {
  /// Sixteen bytes from `index` on, as numbers.
  @inlinable @inline(__always)
  public func vector16(at index: Int) -> SIMD16<Float> {
    assert(index >= 0 && index + 16 <= count, "VectorView: 16 bytes from \(index) of \(count)")
    var result = SIMD16<Float>.zero
    hyperdist_widen_bytes(baseAddress + index, &result)
    return result
  }

  /// Stores sixteen whole numbers, 0 ... 255, from `index` on.
  @inlinable @inline(__always)
  public func setVector16(_ value: SIMD16<Float>, at index: Int) {
    assert(index >= 0 && index + 16 <= count, "VectorView: 16 bytes from \(index) of \(count)")
    withUnsafePointer(to: value) { hyperdist_narrow_bytes($0, baseAddress + index) }
  }
}
