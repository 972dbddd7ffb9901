// Arrays of numbers on their way into an HDF5 file.

import CHDF5
import Numerics

/// An HDF5 file that one process makes, array by array, each a run of rows at a time.
package final class ArrayFileWriter {
  private let path: String
  /// Negative once it is closed.
  private var file: hid_t

  private var context: String { "cannot write \(path)" }

  /// Replaces what is at `path`.
  package init(_ path: String) throws {
    self.path = path
    let context = "cannot write \(path)"
    file = try HDF5.exclusively {
      let access = try HDF5.fileAccess(context)
      let file = H5Fcreate(path, hyperdist_h5_truncate(), hyperdist_h5_default(), access.id)
      if file < 0 { throw HDF5.error(context) }
      return file
    }
  }

  deinit { if file >= 0 { try? HDF5.close(file, path) } }

  /// Makes room for an array, its numbers one behind the other.
  package func create<Element: StoredNumber>(
    _ name: String, shape: [Int], of element: Element.Type
  ) throws {
    try HDF5.exclusively {
      let dataset = try TensorDataset.create(
        name, shape: shape, type: Element.fileType, in: file, context)
      try HDF5.check(H5Dclose(dataset), context)
    }
  }

  /// Writes `rows` of an array of `shape`, (rows, the other extents).
  package func write<Element: StoredNumber>(
    _ values: VectorView<Element>, to name: String, rows: Range<Int>, shape: [Int]
  ) throws {
    precondition(
      values.count == rows.count * shape.dropFirst().reduce(1, *),
      "ArrayFileWriter: \(values.count) numbers for \(rows) of \(shape)")
    if values.count == 0 { return }
    try HDF5.exclusively {
      let dataset = try HDF5Object(
        H5Dopen2(file, name, hyperdist_h5_default()), H5Dclose, context)
      let spaces = try TensorDataset.rows(rows, shape: shape, context)
      try HDF5.check(
        H5Dwrite(
          dataset.id, Element.memoryType, spaces.memory.id, spaces.file.id, hyperdist_h5_default(),
          values.baseAddress), context)
    }
  }

  /// A whole array.
  package func write<Element: StoredNumber>(_ name: String, shape: [Int], _ values: [Element])
    throws
  {
    let buffer = AlignedBuffer<Element>(count: values.count)
    buffer.view.copy(from: values)
    try create(name, shape: shape, of: Element.self)
    try write(buffer.view, to: name, rows: 0..<shape[0], shape: shape)
  }

  /// An attribute of the file, a list of texts.
  package func write(_ attribute: String, texts: [String]) throws {
    try HDF5.exclusively {
      let type = try HDF5Object(hyperdist_h5_text_type(), H5Tclose, context)
      let space = try HDF5.space([texts.count], context)
      let handle = try HDF5Object(
        H5Acreate2(
          file, attribute, type.id, space.id, hyperdist_h5_default(), hyperdist_h5_default()),
        H5Aclose, context)
      let bytes = texts.map { text in
        let buffer = SharedBuffer<CChar>(count: text.utf8.count + 1)
        buffer.view.slice(0, text.utf8.count).copy(from: text.utf8.map { CChar(bitPattern: $0) })
        return buffer
      }
      let addresses = bytes.map { UnsafePointer($0.view.baseAddress) as UnsafePointer<CChar>? }
      try HDF5.check(H5Awrite(handle.id, type.id, addresses), context)
      withExtendedLifetime(bytes) {}
    }
  }

  /// Ends the file; after this all is written.
  package func close() throws {
    defer { file = -1 }
    try HDF5.close(file, context)
  }
}
