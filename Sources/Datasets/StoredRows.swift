// Rows of numbers in memory, or in a file that is mapped.

import Host
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
    let size = rowSize * count * MemoryLayout<Element>.stride
    let file = try MappedFile.ofData(path) { fileSize in
      offset + size <= fileSize ? nil : "truncated: it ends within its numbers"
    }
    values = UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + size])
      .assumingMemoryBound(to: Element.self)
    self.rowSize = rowSize
    release = { _ = file }
  }

  deinit { release() }

  @inline(__always)
  subscript(row: Int) -> UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(rebasing: values[row * rowSize..<(row + 1) * rowSize])
  }
}
