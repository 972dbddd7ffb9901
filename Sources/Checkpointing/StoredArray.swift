// What an array of a file is.

/// An array of numbers in an HDF5 file.
package struct StoredArray: Sendable {
  /// Of its elements.
  package enum Kind: Sendable, Equatable {
    /// As the processor has them.
    case uint8, float32
    /// Other whole numbers, by NumPy's name.
    case integer(String)
    case other(String)

    package var isWhole: Bool {
      switch self {
      case .uint8, .integer: true
      case .float32, .other: false
      }
    }

    package var text: String {
      switch self {
      case .uint8: "uint8"
      case .float32: "float32"
      case .integer(let name), .other(let name): name
      }
    }
  }

  package let name: String
  package let shape: [Int]
  package let kind: Kind
  /// Where its numbers lie in the file, one behind the other; nil where they are in chunks or compressed.
  package let offset: Int?

  /// Numbers of a row: of all extents but the first.
  package var rowSize: Int { shape.dropFirst().reduce(1, *) }
}
