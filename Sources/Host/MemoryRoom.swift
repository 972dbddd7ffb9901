// How much more memory there is to have.

import Glibc

/// Bytes that this process, and its machine, can still give out.
public struct MemoryRoom: Sendable {
  /// Below the limit on the process's address space (`ulimit -v`).
  public var addressSpace: Int
  /// Of the whole machine or container, swap included.
  public var memory: Int

  public init(addressSpace: Int, memory: Int) {
    (self.addressSpace, self.memory) = (addressSpace, memory)
  }

  public static var current: MemoryRoom {
    var limit = rlimit()
    let isLimited =
      getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
      && limit.rlim_cur < rlim_t(Int.max)
    return MemoryRoom(
      addressSpace: isLimited ? max(0, Int(limit.rlim_cur) - MemoryUse.addressSpaceBytes) : .max,
      memory: min(MemoryUse.freeBytes ?? .max, MemoryUse.containerBytes ?? .max))
  }
}
