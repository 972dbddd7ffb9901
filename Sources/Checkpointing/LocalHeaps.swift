// Where HDF5 keeps the names of a group's members, looked through before HDF5 does.

/// The local heaps of an HDF5 file (HDF5 File Format Specification 3.0, III.D). HDF5 1.10 follows the list of a heap's free blocks without counting
/// them, and keeps each.
enum LocalHeaps {
  /// "HEAP", version 0, three bytes of zeros.
  private static let signature: UInt64 = 0x0000_0000_5041_4548
  /// Where the list ends.
  private static let end: UInt64 = 1
  /// Bytes of the smallest free block: where the next one is, and its size.
  private static let blockSize = 16

  /// Throws where the free blocks of the heap at `place` are more than it has room for. Nothing where there is no heap.
  static func check(at place: UInt64, in file: borrowing FileBytes) throws(CheckpointError) {
    guard let head = file.bytes(at: place, count: 32), head.number(0, UInt64.self) == signature,
      let size = Int(exactly: head.number(8, UInt64.self)),
      let block = file.bytes(at: head.number(24, UInt64.self), count: size)
    else { return }
    var next = head.number(16, UInt64.self)
    var left = size / blockSize
    // HDF5 itself refuses a block that leaves the heap.
    while next != end, size >= blockSize, next <= UInt64(size - blockSize) {
      guard left > 0 else {
        throw file.damage("what is free among its names has no end (HDF5: local heap at \(place))")
      }
      left -= 1
      next = block.number(Int(next), UInt64.self)
    }
  }

  /// The same of all heaps of a file. Reads it once, by pieces.
  static func checkAll(of file: borrowing FileBytes) throws {
    for place in try file.places(of: signature) { try check(at: place, in: file) }
  }
}
