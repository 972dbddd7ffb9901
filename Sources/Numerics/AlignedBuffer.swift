// Owned, aligned, fixed-size storage for numbers.

import Glibc
import Host

/// A buffer of `count` elements, aligned to 64 bytes (a cache line, an AVX-512 register), zeroed at
/// creation and freed when its owner goes away. It is never resized: a training step works in
/// buffers that were made before its first round.
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// All elements, for reading and writing. Must not outlive the buffer.
  public let view: VectorView<Element>

  public var count: Int { view.count }

  /// Makes `count` elements whose bytes are all zero.
  public init(count: Int) {
    precondition(count >= 0, "AlignedBuffer: negative count \(count)")
    let (wanted, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let byteCount = max(64, (min(wanted, .max - 63) + 63) / 64 * 64)
    var raw: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&raw, 64, byteCount) == 0, let raw else {
      LastResort.end("out of memory: a buffer of \(count) numbers was asked for; ask for less")
    }
    memset(raw, 0, byteCount)
    view = VectorView(
      baseAddress: raw.bindMemory(to: Element.self, capacity: max(count, 1)), count: count)
  }

  deinit { free(view.baseAddress) }

  public subscript(index: Int) -> Element {
    @inline(__always) get { view[index] }
    @inline(__always) nonmutating set { view[index] = newValue }
  }
}
