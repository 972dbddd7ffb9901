// What HDF5 1.10 does not survive in damaged files, looked for before it opens them.

/// Parts that HDF5 follows without looking at them: texts of any length, and messages that lie elsewhere. Files of other layouts than
/// this program's and h5py's have checksums in their headers; of those only the heaps of texts and names are looked at.
enum FileStructure {
  /// Throws where `path` would end the program or never let it go. Reads the headers of all objects.
  static func check(_ path: String) throws {
    let headers = ObjectHeaders(try FileBytes(path))
    var texts: [AttributeMessage.Text] = []
    let isKnown = try ObjectTree.forEach(in: headers) { header in
      for message in header.messages {
        if message.isShared {
          _ = try content(message.content[...], message.kind, headers)
        } else if message.kind == ObjectHeader.Kind.attribute,
          let attribute = AttributeMessage(message.content)
        {
          texts += try self.texts(of: attribute, headers)
        }
      }
    }
    if !isKnown {
      try GlobalHeaps.checkAll(of: headers.file)
      try LocalHeaps.checkAll(of: headers.file)
    }
    try GlobalHeaps.check(texts, in: headers.file)
  }

  private static func texts(of attribute: AttributeMessage, _ headers: ObjectHeaders) throws
    -> [AttributeMessage.Text]
  {
    if let space = attribute.sharedSpace {
      _ = try content(space, ObjectHeader.Kind.dataspace, headers)
    }
    let committed = try attribute.sharedType.flatMap {
      try content($0, ObjectHeader.Kind.datatype, headers)
    }
    return attribute.texts(committed: committed)
  }

  /// Of a message that says where its content lies.
  private static func content(
    _ message: ArraySlice<UInt8>, _ kind: UInt16, _ headers: ObjectHeaders
  )
    throws -> [UInt8]?
  {
    try SharedMessage(message, in: headers.file).flatMap { try headers.content(of: $0, kind) }
  }
}
