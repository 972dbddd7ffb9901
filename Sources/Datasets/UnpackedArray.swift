// Arrays that do not lie in their file as they are in memory.

import Checkpointing
import Files
import Glibc
import Numerics

/// A copy of an array in the user's cache folder, its numbers one behind the other, which all processes of a machine map.
enum UnpackedArray {
  /// The rows of `array`: of the copy there is, or of one made now, while other processes that want it wait. Where no copy can be
  /// made, in memory.
  static func rows<Element: StoredNumber>(of array: StoredArray, _ layout: DataFileLayout)
    throws(DatasetError) -> StoredRows<Element>
  {
    guard let cache = DataFolders(dataDirectory: nil).cache, let key = key(array, layout.path),
      let lock = Lock(folder: "\(cache)/unpacked", name: key)
    else { return StoredRows(try layout.numbers(of: array), rowSize: array.rowSize) }
    defer { lock.release() }
    let path = "\(cache)/unpacked/\(key)"
    if FileKind(of: path) != .file {
      let partial = PartialFile(for: path)
      do {
        try partial.create()
        try write(array, layout, Element.self, to: partial)
        try partial.publish()
      } catch let error as DatasetError {
        partial.discard()
        throw error
      } catch {
        partial.discard()
        return StoredRows(try layout.numbers(of: array), rowSize: array.rowSize)
      }
    }
    return try StoredRows(mapping: path, offset: 0, rowSize: array.rowSize, count: array.shape[0])
  }

  private static func write<Element: StoredNumber>(
    _ array: StoredArray, _ layout: DataFileLayout, _: Element.Type, to partial: PartialFile
  ) throws {
    let slab = max(1, min(array.shape[0], (16 << 20) / max(1, array.rowSize)))
    let buffer = SharedBuffer<Element>(count: slab * array.rowSize)
    var failure: (any Error)?
    try partial.write { (put) throws(FileError) in
      for first in stride(from: 0, to: array.shape[0], by: slab) where failure == nil {
        let rows = first..<min(array.shape[0], first + slab)
        let part = buffer.view.slice(0, rows.count * array.rowSize)
        do {
          try layout.file.read(array, rows: rows, into: part)
        } catch {
          failure = error
          return
        }
        try put(part.bytes, first * array.rowSize * MemoryLayout<Element>.stride)
      }
    }
    if let failure { throw DatasetError.reported("\(failure)") }
  }

  /// A name that another file, or the same file changed, does not have.
  private static func key(_ array: StoredArray, _ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    var digest = SHA256()
    digest.update(
      "\(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec) \(array.name)"
    )
    return digest.hexDigest()
  }

  /// Of one process at a time, on one machine or on all that share the folder.
  private struct Lock {
    private let descriptor: Int32

    init?(folder: String, name: String) {
      guard (try? Folder.make(folder)) != nil else { return nil }
      descriptor = open("\(folder)/\(name).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return nil }
      while flock(descriptor, LOCK_EX) != 0 {
        guard errno == EINTR else {
          close(descriptor)
          return nil
        }
      }
    }

    func release() { close(descriptor) }
  }
}
