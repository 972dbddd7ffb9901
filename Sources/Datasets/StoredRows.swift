// Rows of numbers in memory, or in a file that is mapped.

import Glibc
import Numerics

/// Equally long rows of numbers, read only.
final class StoredRows<Element: BitwiseCopyable>: @unchecked Sendable {
  let rowSize: Int
  private let values: UnsafeBufferPointer<Element>
  private let release: () -> Void

  var count: Int { rowSize == 0 ? 0 : values.count / rowSize }

  /// Takes what `buffer` holds.
  init(_ buffer: SharedBuffer<Element>, rowSize: Int) {
    let view = buffer.view
    values = UnsafeBufferPointer(start: view.baseAddress, count: view.count)
    self.rowSize = rowSize
    release = { _ = buffer }
  }

  convenience init(_ array: [Element], rowSize: Int) {
    let buffer = SharedBuffer<Element>(count: array.count)
    buffer.view.copy(from: array)
    self.init(buffer, rowSize: rowSize)
  }

  /// `count` rows that lie in the file `path` from byte `offset` on, mapped: processes of a machine share one copy, of
  /// which the system keeps in memory what is in use.
  init(mapping path: String, offset: Int, rowSize: Int, count: Int) throws(DatasetError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    let size = rowSize * count * MemoryLayout<Element>.stride
    var status = stat()
    guard fstat(descriptor, &status) == 0, offset + size <= Int(status.st_size) else {
      throw .malformed(path: path, problem: "truncated: it ends within its numbers")
    }
    let begin = offset % Int(sysconf(Int32(_SC_PAGESIZE)))
    guard
      let start = mmap(nil, begin + size, PROT_READ, MAP_SHARED, descriptor, offset - begin),
      start != MAP_FAILED
    else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    let first = (start + begin).assumingMemoryBound(to: Element.self)
    values = UnsafeBufferPointer(start: first, count: rowSize * count)
    self.rowSize = rowSize
    release = { munmap(start, begin + size) }
  }

  deinit { release() }

  @inline(__always)
  subscript(row: Int) -> UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(rebasing: values[row * rowSize..<(row + 1) * rowSize])
  }
}
