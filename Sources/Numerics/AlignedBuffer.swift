// Owned, aligned, fixed-size storage for numbers.

import Glibc
import Host

/// A buffer of `count` elements, aligned to 64 bytes (a cache line, an AVX-512 register), zeroed at
/// creation and freed when its owner goes away. It is never resized: a training step works in
/// buffers that were made before its first round.
public struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// All elements, for reading and writing. Must not outlive the buffer.
  public let view: VectorView<Element>
  private let memory: Memory

  public var count: Int { view.count }

  /// Makes `count` elements whose bytes are all zero. The pages of a large buffer are taken by the thread that writes them first, near its
  /// core.
  public init(count: Int) {
    precondition(count >= 0, "AlignedBuffer: negative count \(count)")
    let (wanted, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, let memory = Memory(byteCount: wanted) else {
      LastResort.end("out of memory: a buffer of \(count) numbers was asked for; ask for less")
    }
    self.memory = memory
    view = VectorView(
      baseAddress: memory.start.bindMemory(to: Element.self, capacity: max(count, 1)), count: count)
  }

  deinit { memory.release() }

  public subscript(index: Int) -> Element {
    @inline(__always) get { view[index] }
    @inline(__always) nonmutating set { view[index] = newValue }
  }
}

/// Bytes that are zero, from the C library or, where they are many, from the system: then in pages as large as it has, so that the processor
/// looks up fewer of them.
private struct Memory {
  /// Aligned to 64 bytes.
  let start: UnsafeMutableRawPointer
  private let whole: UnsafeMutableRawPointer
  /// 0 of what comes from the C library.
  private let mappedBytes: Int

  private static let alignment = 64
  private static let hugePage = 2 << 20
  /// Smaller buffers would leave more than half of a large page empty.
  private static let leastMapped = hugePage / 2

  /// nil where there is no room.
  init?(byteCount: Int) {
    guard byteCount <= .max - 2 * Self.hugePage else { return nil }
    guard byteCount >= Self.leastMapped else {
      // calloc knows which memory is zero already, and leaves it to its first writer.
      guard let whole = calloc(1, byteCount + 2 * Self.alignment) else { return nil }
      (self.whole, mappedBytes) = (whole, 0)
      start = whole.alignedUp(toMultipleOf: Self.alignment)
      return
    }
    mappedBytes = byteCount + Self.hugePage
    let whole = mmap(
      nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let whole, whole != MAP_FAILED else { return nil }
    self.whole = whole
    start = whole.alignedUp(toMultipleOf: Self.hugePage)
    // A wish: without it pages are as small as ever.
    madvise(start, byteCount, MADV_HUGEPAGE)
  }

  func release() {
    if mappedBytes > 0 { munmap(whole, mappedBytes) } else { free(whole) }
  }
}
