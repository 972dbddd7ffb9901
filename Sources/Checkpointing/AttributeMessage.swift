// An attribute as it lies in an object's header.

/// Versions 1 to 3 (HDF5 File Format Specification 3.0, IV.A.2.m).
struct AttributeMessage {
  /// What an attribute says of a text of any length: how many bytes it has, and the number of its object in a global heap.
  struct Text {
    let length: UInt64
    let heap: UInt64
    let index: UInt32
  }

  /// Nil where it is within the message itself.
  let sharedType: ArraySlice<UInt8>?
  let sharedSpace: ArraySlice<UInt8>?
  private let type: ArraySlice<UInt8>
  private let data: ArraySlice<UInt8>

  /// Nil where the message ends too soon.
  init?(_ message: [UInt8]) {
    guard message.count >= 8, 1...3 ~= message[0] else { return nil }
    let version = message[0]
    let flags = version == 1 ? 0 : message[1]
    let sizes = [2, 4, 6].map { Int(message.number($0, UInt16.self)) }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) & ~7 : size }
    let typePlace = (version == 3 ? 9 : 8) + padded(sizes[0])
    let spacePlace = typePlace + padded(sizes[1])
    let dataPlace = spacePlace + padded(sizes[2])
    guard dataPlace <= message.count else { return nil }
    type = message[typePlace..<spacePlace]
    data = message[dataPlace...]
    sharedType = flags & 1 != 0 ? type : nil
    sharedSpace = flags & 2 != 0 ? message[spacePlace..<dataPlace] : nil
  }

  /// The texts of the attribute, if it is of such; `committed` is its type where that lies elsewhere.
  func texts(committed: [UInt8]?) -> [Text] {
    let type = Array(sharedType == nil ? type : (committed ?? [])[...])
    // Class 9 is of any length, its kind 1 text.
    guard type.count >= 2, type[0] & 15 == 9, type[1] & 15 == 1 else { return [] }
    // Of the type of its characters the size.
    let width = type.count < 16 ? 1 : UInt64(type.number(12, UInt32.self))
    let data = Array(data)
    return stride(from: 0, to: data.count - 15, by: 16).compactMap { place in
      let heap = data.number(place + 4, UInt64.self)
      return heap == 0 || heap == .max
        ? nil
        : Text(
          length: UInt64(data.number(place, UInt32.self)) * width, heap: heap,
          index: data.number(place + 12, UInt32.self))
    }
  }
}
