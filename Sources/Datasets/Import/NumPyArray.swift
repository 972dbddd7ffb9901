// NumPy's format of arrays.

import Numerics

/// An array of a .npy file or of a member of a .npz file, read from front to back (NumPy's NEP 1).
final class NumPyArray {
  enum Element: Equatable {
    case unsigned(Int)
    case signed(Int)
    case float(Int)

    var size: Int {
      switch self {
      case .unsigned(let size), .signed(let size), .float(let size): size
      }
    }
  }

  let name: String
  let shape: [Int]
  let element: Element
  private let stream: ZipStream

  var isWhole: Bool { if case .float = element { false } else { true } }
  var count: Int { shape.first ?? 0 }
  var rowSize: Int { shape.dropFirst().reduce(1, *) }

  init(_ stream: ZipStream, path: String) throws(DatasetError) {
    self.stream = stream
    name = stream.name.hasSuffix(".npy") ? String(stream.name.dropLast(4)) : stream.name
    func problem(_ text: String) -> DatasetError {
      .malformed(path: path, problem: "\(stream.name) \(text)")
    }
    let magic = try stream.read(8)
    guard magic.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw problem("is no NumPy array")
    }
    let lengthSize = magic[6] == 1 ? 2 : 4
    let length = try stream.read(lengthSize).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 20 else { throw problem("is no NumPy array") }
    let header = String(decoding: try stream.read(length), as: UTF8.self)
    guard
      let type = header.firstMatch(of: /'descr':\s*'([^']*)'/)?.1,
      let order = header.firstMatch(of: /'fortran_order':\s*(\w+)/)?.1,
      let extents = header.firstMatch(of: /'shape':\s*\(([^)]*)\)/)?.1
    else {
      throw problem("is an array of several types or of objects; save one array of numbers each")
    }
    shape = extents.split(separator: ",").compactMap { Int($0.filter { $0.isNumber }) }
    guard !shape.isEmpty else { throw problem("is a single number, no array") }
    guard order == "False" || shape.count == 1 else {
      throw problem("is in Fortran's order; save numpy.ascontiguousarray of it")
    }
    element = try Self.element(type) {
      problem("has numbers of type \(type), which cannot be read: save float32, or uint8")
    }
    var bytes = element.size
    for extent in shape {
      let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: extent)
      guard !isTooLarge else { throw problem("has shape \(shape)") }
      bytes = product
    }
    guard bytes <= stream.size else { throw problem("is truncated: its shape is \(shape)") }
  }

  private static func element(_ type: Substring, _ problem: () -> DatasetError) throws(DatasetError)
    -> Element
  {
    guard let order = type.first, "<|=".contains(order), let kind = type.dropFirst().first,
      let size = Int(type.dropFirst(2))
    else { throw problem() }
    switch (kind, size) {
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8), ("b", 1): return .unsigned(size)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): return .signed(size)
    case ("f", 4), ("f", 8): return .float(size)
    default: throw problem()
    }
  }

  /// The next `count` rows as floats.
  func floats(rows count: Int) throws(DatasetError) -> [Float] {
    let bytes = try stream.read(count * rowSize * element.size)
    return bytes.withUnsafeBytes { raw in
      (0..<count * rowSize).map { index in
        switch element {
        case .float(4): raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        case .float: Float(raw.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
        default: Float(Self.whole(raw, index, element))
        }
      }
    }
  }

  /// The next `count` rows of whole numbers.
  func integers(rows count: Int) throws(DatasetError) -> [Int64] {
    let bytes = try stream.read(count * rowSize * element.size)
    return bytes.withUnsafeBytes { raw in
      (0..<count * rowSize).map { Self.whole(raw, $0, element) }
    }
  }

  /// The next `count` rows of bytes.
  func bytes(rows count: Int) throws(DatasetError) -> [UInt8] { try stream.read(count * rowSize) }

  private static func whole(_ raw: UnsafeRawBufferPointer, _ index: Int, _ element: Element)
    -> Int64
  {
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> Int64 {
      Int64(
        clamping: raw.loadUnaligned(fromByteOffset: MemoryLayout<T>.size * index, as: type))
    }
    switch element {
    case .unsigned(1): return load(UInt8.self)
    case .unsigned(2): return load(UInt16.self)
    case .unsigned(4): return load(UInt32.self)
    case .unsigned: return load(UInt64.self)
    case .signed(1): return load(Int8.self)
    case .signed(2): return load(Int16.self)
    case .signed(4): return load(Int32.self)
    default: return load(Int64.self)
    }
  }
}
