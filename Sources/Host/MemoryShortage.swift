// A request for more memory than there is.

/// A command needs more memory than it can have.
public struct MemoryShortage: UserFacingError {
  enum Limit: Sendable, Equatable {
    case addressSpace(Int)
    case memory(Int)
  }

  let need: Int
  let largest: MemoryNeed.Part
  let processes: Int
  let limit: Limit

  public var isMetByAllRanks: Bool { true }

  public var description: String {
    let room =
      switch limit {
      case .addressSpace(let bytes): "its address space (ulimit -v) has room for \(bytes)"
      case .memory(let bytes):
        "this machine has \(bytes) free" + (processes > 1 ? " for \(processes) ranks" : "")
      }
    let atLeast = need == .max ? "more than" : "at least"
    return
      "\(largest.setting): a rank needs \(atLeast) \(need) bytes of memory, \(largest.bytes) for this alone, and "
      + "\(room); ask for less, or take more machines"
  }
}
