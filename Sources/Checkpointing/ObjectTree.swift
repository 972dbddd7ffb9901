// The objects of an HDF5 file, found without HDF5.

/// Groups and what is in them, from the root on, in files of the layout that this program and h5py write (superblocks 0 and 1, groups with
/// symbol tables: HDF5 File Format Specification 3.0, II.A and III).
enum ObjectTree {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Calls `visit` with every object's header; throws where that or the names of a group have no end. Returns false where some of the file has another layout, which is not looked at.
  static func forEach(
    in headers: ObjectHeaders, _ visit: (ObjectHeader) throws -> Void
  ) throws -> Bool {
    guard let head = headers.file.bytes(at: 0, count: 84), head.starts(with: signature),
      head[8] <= 1,
      head[13] == 8, head[14] == 8
    else { return false }
    var isKnown = true
    var open = [head.number(head[8] == 0 ? 64 : 68, UInt64.self)]
    var seen = Set(open)
    while let place = open.popLast() {
      guard let header = try headers.header(at: place) else {
        isKnown = false
        continue
      }
      try visit(header)
      for message in header.messages {
        switch message.kind {
        case ObjectHeader.Kind.link, ObjectHeader.Kind.linkInformation: isKnown = false
        // Virtual datasets begin at version 4.
        case ObjectHeader.Kind.layout: if message.content.first ?? 0 > 3 { isKnown = false }
        case ObjectHeader.Kind.symbolTable where message.content.count >= 16:
          try LocalHeaps.check(at: message.content.number(8, UInt64.self), in: headers.file)
          for member in members(message.content.number(0, UInt64.self), in: headers.file)
          where seen.insert(member).inserted { open.append(member) }
        default: break
        }
      }
    }
    return isKnown
  }

  /// Where the objects of a group are, by the tree of its names.
  private static func members(_ tree: UInt64, in file: borrowing FileBytes) -> [UInt64] {
    var members: [UInt64] = []
    var open = [tree]
    var seen = Set(open)
    while let place = open.popLast() {
      guard let head = file.bytes(at: place, count: 8) else { continue }
      let count = Int(head.number(6, UInt16.self))
      switch String(decoding: head[..<4], as: UTF8.self) {
      case "SNOD":
        let entries = file.bytes(at: place + 8, count: 40 * count) ?? []
        members += stride(from: 8, to: entries.count, by: 40).map {
          entries.number($0, UInt64.self)
        }
      case "TREE":
        // Behind two siblings; a key before each child.
        let children = file.bytes(at: place + 24, count: 16 * count) ?? []
        open += stride(from: 8, to: children.count, by: 16).map {
          children.number($0, UInt64.self)
        }.filter { seen.insert($0).inserted }
      default: break
      }
    }
    return members
  }
}
