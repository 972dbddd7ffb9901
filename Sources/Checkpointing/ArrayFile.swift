// Arrays of numbers that others have written into HDF5 files.

import CHDF5
import Files
import Numerics

/// An HDF5 file open for reading in this process, whatever made it.
package final class ArrayFile {
  package let path: String
  private let file: hid_t

  /// Throws where there is no such file or it is none of HDF5.
  package init(_ path: String) throws {
    self.path = path
    let context = "\(path) is not an HDF5 file, or is damaged"
    file = try HDF5.exclusively {
      let kind = FileKind(of: path)
      guard kind == .file else {
        throw CheckpointError(
          kind == .missing
            ? "\(path): there is no such file" : "\(path) is \(kind.text), not an HDF5 file")
      }
      try FileStructure.check(path)
      let access = try HDF5.fileAccess(context)
      let file = H5Fopen(path, hyperdist_h5_read_only(), access.id)
      guard file >= 0 else { throw CheckpointError(context, isDamage: true) }
      return file
    }
  }

  deinit { try? HDF5.close(file, path) }

  /// Whether there is anything of this name.
  package func holds(_ name: String) throws -> Bool {
    try HDF5.exclusively {
      var path = ""
      for part in name.split(separator: "/") {
        path += "/\(part)"
        guard H5Lexists(file, path, hyperdist_h5_default()) > 0 else { return false }
      }
      return true
    }
  }

  /// What the array `name` is; nil where there is none.
  package func array(_ name: String) throws -> StoredArray? {
    guard try holds(name) else { return nil }
    return try HDF5.exclusively {
      let context = "\(name) in \(path) cannot be read"
      let object = try HDF5Object(
        H5Oopen(file, name, hyperdist_h5_default()), H5Oclose, context)
      guard H5Iget_type(object.id) == H5I_DATASET else { return nil }
      let type = try HDF5Object(H5Dget_type(object.id), H5Tclose, context)
      let space = try HDF5Object(H5Dget_space(object.id), H5Sclose, context)
      let rank = H5Sget_simple_extent_ndims(space.id)
      if rank < 0 { throw HDF5.error(context) }
      var extents = [hsize_t](repeating: 0, count: Int(rank))
      try HDF5.check(H5Sget_simple_extent_dims(space.id, &extents, nil), context)
      var count = 1.0
      for extent in extents { count *= Double(extent) }
      guard count <= 0x1p48 else { throw CheckpointError("\(context): its shape is \(extents)") }
      // HADDR_UNDEF: in chunks, compressed, or elsewhere.
      let offset = H5Dget_offset(object.id)
      return StoredArray(
        name: name, shape: extents.map { Int($0) }, kind: kind(type.id),
        offset: offset == .max ? nil : Int(exactly: offset))
    }
  }

  private func kind(_ type: hid_t) -> StoredArray.Kind {
    let bytes = Int(H5Tget_size(type))
    switch H5Tget_class(type) {
    case H5T_FLOAT:
      if H5Tequal(type, hyperdist_h5_native_float()) > 0 { return .float32 }
      return .other("float\(8 * bytes)\(bytes == 4 ? " of another byte order" : "")")
    case H5T_INTEGER:
      if H5Tequal(type, hyperdist_h5_native_uint8()) > 0 { return .uint8 }
      return .integer("\(H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "")int\(8 * bytes)")
    case H5T_STRING: return .other("text")
    case H5T_ENUM: return .other("an enumeration (such as NumPy's bool)")
    default: return .other("no numbers")
    }
  }

  /// Overwrites `values` with `rows` of an array, (rows, the other extents), converted to the type of `values`.
  package func read<Element: StoredNumber>(
    _ array: StoredArray, rows: Range<Int>, into values: VectorView<Element>
  ) throws {
    precondition(
      values.count == rows.count * array.rowSize, "ArrayFile: \(values.count) numbers of \(array)")
    if values.count == 0 { return }
    try HDF5.exclusively {
      let context = "\(array.name) in \(path) cannot be read to its end: the file is damaged"
      let dataset = try HDF5Object(
        H5Dopen2(file, array.name, hyperdist_h5_default()), H5Dclose, context)
      try TensorDataset.requireStored(dataset.id, context)
      let spaces = try TensorDataset.rows(rows, shape: array.shape, context)
      try HDF5.check(
        H5Dread(
          dataset.id, Element.memoryType, spaces.memory.id, spaces.file.id, hyperdist_h5_default(),
          values.baseAddress), context)
    }
  }

  /// The texts of an attribute of `object`, one or a list; nil where there is no such attribute.
  package func texts(_ attribute: String, of object: String = "/") throws -> [String]? {
    try HDF5.exclusively {
      let context = "the attribute \(attribute) of \(path) cannot be read"
      let owner = try HDF5Object(
        H5Oopen(file, object, hyperdist_h5_default()), H5Oclose, context)
      guard H5Aexists(owner.id, attribute) > 0 else { return nil }
      let handle = try HDF5Object(
        H5Aopen(owner.id, attribute, hyperdist_h5_default()), H5Aclose, context)
      let type = try HDF5Object(H5Aget_type(handle.id), H5Tclose, context)
      let space = try HDF5Object(H5Aget_space(handle.id), H5Sclose, context)
      let count = Int(H5Sget_simple_extent_npoints(space.id))
      guard H5Tget_class(type.id) == H5T_STRING, (0...1_000_000).contains(count) else {
        throw CheckpointError("\(context): it is no list of texts")
      }
      return H5Tis_variable_str(type.id) > 0
        ? try variableTexts(handle.id, count, context)
        : try fixedTexts(handle.id, type.id, count, context)
    }
  }

  private func variableTexts(_ attribute: hid_t, _ count: Int, _ context: String) throws -> [String]
  {
    let type = try HDF5Object(hyperdist_h5_text_type(), H5Tclose, context)
    var addresses = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    try HDF5.check(H5Aread(attribute, type.id, &addresses), context)
    return addresses.map { address in
      guard let address else { return "" }
      defer { H5free_memory(address) }
      return String(cString: address)
    }
  }

  private func fixedTexts(_ attribute: hid_t, _ type: hid_t, _ count: Int, _ context: String)
    throws -> [String]
  {
    let size = Int(H5Tget_size(type))
    var bytes = [UInt8](repeating: 0, count: count * size)
    try HDF5.check(H5Aread(attribute, type, &bytes), context)
    return (0..<count).map { index in
      let text = bytes[index * size..<(index + 1) * size].prefix { $0 != 0 }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
