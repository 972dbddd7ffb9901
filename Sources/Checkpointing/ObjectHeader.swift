// What an HDF5 file says of one of its objects.

/// The messages of an object's header of version 1, the one that this program and h5py write (HDF5 File Format Specification 3.0, IV.A.1.a).
struct ObjectHeader {
  enum Kind {
    static let linkInformation: UInt16 = 2
    static let dataspace: UInt16 = 1
    static let datatype: UInt16 = 3
    static let link: UInt16 = 6
    static let layout: UInt16 = 8
    static let attribute: UInt16 = 0x0C
    static let continuation: UInt16 = 0x10
    static let symbolTable: UInt16 = 0x11
  }

  struct Message {
    let kind: UInt16
    /// Whether the content says only where it lies.
    let isShared: Bool
    let content: [UInt8]
  }

  private(set) var messages: [Message] = []

  /// Nil where there is no such header at `place`. Takes its bytes from `room` and throws where they are more.
  init?(at place: UInt64, in file: borrowing FileBytes, room: inout Int) throws(CheckpointError) {
    guard let prefix = file.bytes(at: place, count: 16), prefix[0] == 1 else { return nil }
    var blocks = [(place: place &+ 16, size: Int(prefix.number(8, UInt32.self)))]
    var next = 0
    while next < blocks.count {
      let (place, size) = blocks[next]
      next += 1
      guard let block = file.bytes(at: place, count: size) else { continue }
      room -= size
      if room < 0 { throw file.damage("objects in it have no end") }
      var offset = 0
      while offset + 8 <= block.count {
        let end = offset + 8 + Int(block.number(offset + 2, UInt16.self))
        guard end <= block.count else { break }
        let message = Message(
          kind: block.number(offset, UInt16.self), isShared: block[offset + 4] & 2 != 0,
          content: Array(block[offset + 8..<end]))
        if message.kind == Kind.continuation, message.content.count >= 16,
          let size = Int(exactly: message.content.number(8, UInt64.self))
        {
          blocks.append((message.content.number(0, UInt64.self), size))
        }
        messages.append(message)
        offset = end
      }
    }
  }
}
