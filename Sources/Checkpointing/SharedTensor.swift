// A tensor that several ranks write, each its rows.

import Collectives
import Numerics

/// A tensor of a file, of which each rank writes the rows that ``RowShares`` give it.
struct SharedTensor {
  let name: String
  let shape: [Int]
  let element: TensorElement
  let source: Source

  /// Where this rank's rows come from.
  enum Source {
    case memory(UnsafeRawBufferPointer)
    /// Copies some of them, counted from this rank's first, to where they are wanted.
    case gathered((_ rows: Range<Int>, _ destination: UnsafeMutableRawPointer) -> Void)
  }

  /// Some of this rank's rows, counted from its first: where they lie, or gathered in `scratch`. Nil: rows
  /// of nothing.
  func bytes(of rows: Range<Int>, scratch: VectorView<UInt8>) -> UnsafeRawBufferPointer? {
    let count = rows.count * rowBytes
    if count == 0 { return nil }
    switch source {
    case .memory(let bytes):
      let begin = rows.lowerBound * rowBytes
      return UnsafeRawBufferPointer(rebasing: bytes[begin..<begin + count])
    case .gathered(let gather):
      let place = scratch.slice(0, count)
      gather(rows, UnsafeMutableRawPointer(place.baseAddress))
      return place.bytes
    }
  }

  var rowBytes: Int { shape.dropFirst().reduce(element.size, *) }
  var fileRowBytes: Int { shape.dropFirst().reduce(element.fileSize, *) }
  var isEmpty: Bool { shape.contains(0) }

  /// `values` are all rows, the same on every rank; even shares if no others are given.
  init<Element>(
    _ name: String, shape: [Int], _ element: TensorElement, all values: VectorView<Element>,
    _ communicator: Communicator, _ shares: RowShares? = nil
  ) {
    let shares = shares ?? .even(communicator.size)
    let rows = shares.rows(of: communicator.rank, shape[0])
    let rowSize = values.count / max(1, shape[0])
    self.init(
      name, shape: shape, element,
      own: values.slice(rows.lowerBound * rowSize, rows.count * rowSize),
      communicator, shares)
  }

  /// `values` are this rank's rows; even shares if no others are given.
  init<Element>(
    _ name: String, shape: [Int], _ element: TensorElement, own values: VectorView<Element>,
    _ communicator: Communicator, _ shares: RowShares? = nil
  ) {
    let shares = shares ?? .even(communicator.size)
    let rows = shares.rows(of: communicator.rank, shape[0])
    precondition(
      values.count == rows.count * shape.dropFirst().reduce(1, *)
        && MemoryLayout<Element>.stride == element.size,
      "SharedTensor \(name): \(values.count) values for \(rows.count) rows of \(shape)")
    (self.name, self.shape, self.element, source) = (name, shape, element, .memory(values.bytes))
  }

  /// Rows of 32-bit floats that lie elsewhere in another order.
  init(
    _ name: String, shape: [Int],
    gather: @escaping (_ rows: Range<Int>, _ destination: UnsafeMutableRawPointer) -> Void
  ) {
    (self.name, self.shape, element, source) = (name, shape, .float, .gathered(gather))
  }

  /// Bytes of the dataset in the file, about.
  var fileSize: Int { shape.reduce(element.size, *) + 2_048 }
}
