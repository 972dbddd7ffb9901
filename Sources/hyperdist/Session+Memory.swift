// Room for a command's buffers.

import Host

extension Session {
  /// Sees that the ranks of each machine find the memory they need; `need` is this rank's. Collective.
  func require(_ need: () throws -> MemoryNeed) throws {
    try together { try need().check(processes: communicator.ranksOnThisNode) }
  }
}
