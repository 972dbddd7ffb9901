// What a command is going to ask for, compared with what there is before it asks.

/// The largest buffers of a process, each with the setting that makes it large: a lower bound, so that what is refused
/// could not have run. Numbers stop at `Int.max` instead of overflowing.
public struct MemoryNeed: Sendable {
  struct Part: Sendable {
    let setting: String
    let bytes: Int
  }

  private(set) var parts: [Part] = []

  public init() {}

  /// Adds a buffer of as many bytes as the product of `factors`, none of which is negative.
  public mutating func add(_ setting: String, bytes factors: Int...) {
    add(setting, bytes: factors)
  }

  public mutating func add(_ setting: String, bytes factors: [Int]) {
    precondition(factors.allSatisfy { $0 >= 0 }, "MemoryNeed: \(setting) \(factors)")
    let bytes =
      factors.contains(0)
      ? 0
      : factors.reduce(1) { product, factor in
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow ? .max : result
      }
    parts.append(Part(setting: setting, bytes: bytes))
  }

  public var bytes: Int { parts.reduce(0) { Self.sum($0, $1.bytes) } }

  /// Throws where `room` is too small for as many processes of a machine as need this each.
  public func check(processes: Int, room: MemoryRoom = .current) throws(MemoryShortage) {
    let all = (0..<processes).reduce(0) { sum, _ in Self.sum(sum, bytes) }
    guard bytes > room.addressSpace || all > room.memory,
      let largest = parts.max(by: { $0.bytes < $1.bytes })
    else { return }
    throw MemoryShortage(
      need: bytes, largest: largest, processes: processes,
      limit: bytes > room.addressSpace ? .addressSpace(room.addressSpace) : .memory(room.memory))
  }

  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
