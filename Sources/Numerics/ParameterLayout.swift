// Where each named tensor lies in one flat buffer.

/// The order, names, shapes and offsets of the tensors that share one flat buffer.
///
/// Parameters, their gradients and an optimizer's moments use the same layout, so one offset finds
/// the same tensor in each of them.
public struct ParameterLayout: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    /// A path in HDF5's manner, such as `extractor/layer1/weight`.
    public let name: String
    public let shape: [Int]
    public let offset: Int
    public var count: Int { shape.reduce(1, *) }
    public var range: Range<Int> { offset..<offset + count }
  }

  public private(set) var entries: [Entry] = []
  /// Elements of all tensors together.
  public private(set) var count = 0

  public init() {}

  /// Appends a tensor behind all earlier ones and returns where it lies.
  @discardableResult
  public mutating func append(_ name: String, shape: [Int]) -> Entry {
    precondition(
      entries.allSatisfy { $0.name != name }, "ParameterLayout: \(name) is there already")
    let entry = Entry(name: name, shape: shape, offset: count)
    entries.append(entry)
    count += entry.count
    return entry
  }

  /// The tensor of that name, or nil.
  public func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
