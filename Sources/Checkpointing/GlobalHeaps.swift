// Where HDF5 keeps texts of any length, looked through before HDF5 does.

/// The global heaps of an HDF5 file (HDF5 File Format Specification 3.0, III.E). HDF5 1.10 never comes back from one that is damaged so that
/// an object has no extent, and overruns its memory where an attribute says that its text is shorter than the object is.
enum GlobalHeaps {
  /// "GCOL", version 1, three bytes of zeros.
  private static let signature: UInt64 = 0x0000_0001_4C4F_4347
  private static let headerSize = 16

  /// Throws where a text is not as long as its object, and where an object of its heap has no extent or leaves the heap.
  static func check(_ texts: [AttributeMessage.Text], in file: borrowing FileBytes) throws {
    var heaps: [UInt64: [UInt16: UInt64]] = [:]
    for text in texts {
      let sizes = try heaps[text.heap] ?? sizes(in: file, at: text.heap)
      heaps[text.heap] = sizes
      guard text.index <= UInt16.max, sizes[UInt16(text.index)] == text.length else {
        throw file.damage("a text in it is not as long as its attribute says")
      }
    }
  }

  /// Throws where an object of any heap has no extent or leaves its heap. Reads the file once, by pieces.
  static func checkAll(of file: borrowing FileBytes) throws {
    for place in try file.places(of: signature) { _ = try sizes(in: file, at: place) }
  }

  /// Sizes of a heap's objects by their numbers; none where there is no heap.
  private static func sizes(in file: borrowing FileBytes, at place: UInt64) throws(CheckpointError)
    -> [UInt16: UInt64]
  {
    var sizes: [UInt16: UInt64] = [:]
    guard let head = file.bytes(at: place, count: headerSize),
      head.number(0, UInt64.self) == signature,
      let size = Int(exactly: head.number(8, UInt64.self)),
      let heap = file.bytes(at: place, count: size)
    else { return sizes }
    var offset = headerSize
    while offset <= heap.count - headerSize {
      let index = heap.number(offset, UInt16.self)
      let size = heap.number(offset + 8, UInt64.self)
      // Object 0 is what is free, its header included; others are padded to 8 bytes.
      let (padded, isTooLong) = size.addingReportingOverflow(7)
      let extent = index == 0 ? size : UInt64(headerSize) &+ (padded & ~7)
      guard extent > 0, !isTooLong, extent <= UInt64(heap.count - offset) else {
        throw file.damage("a text in it has no end (HDF5: global heap at \(place))")
      }
      if index > 0 { sizes[index] = size }
      offset += Int(extent)
    }
    return sizes
  }
}
