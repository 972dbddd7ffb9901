// What MPI, which counts in 32 bits, can be told of a message.

import CMPI

enum MessageCounts {
  /// The most elements, or units of a data type, of one call.
  static var most: Int { Int(Int32.max) }

  /// Calls `body` with one run after the other of `count` elements, each short enough for MPI.
  static func forEachPiece(
    of count: Int, longest: Int = most,
    _ body: (_ start: Int, _ length: Int) throws(CollectiveError) -> Void
  ) throws(CollectiveError) {
    var start = 0
    while start < count {
      let length = min(count - start, longest)
      try body(start, length)
      start += length
    }
  }

  static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  /// A data type of `count` numbers one behind the other: `element` itself for one.
  static func type(of count: Int, _ element: OpaquePointer) -> (OpaquePointer, CollectiveError?) {
    guard count > 1 else { return (element, nil) }
    guard count <= most else { return (element, tooLong(count)) }
    var type: OpaquePointer?
    var status = MPI_Type_contiguous(Int32(count), element, &type)
    if status == MPI_SUCCESS { status = MPI_Type_commit(&type) }
    guard status == MPI_SUCCESS, let type else {
      return (element, CollectiveError(function: "MPI_Type_contiguous", status: status, rank: nil))
    }
    return (type, nil)
  }

  static func tooLong(_ bytes: Int) -> CollectiveError {
    CollectiveError(
      function: "a message between ranks",
      message: "its \(bytes) bytes are more than MPI can count", rank: nil,
      advice: "start more ranks, which share them, or ask for fewer networks or weights")
  }
}
