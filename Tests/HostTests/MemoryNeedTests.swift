// How much memory is asked for before it is taken.

import Testing

@testable import Host

@Suite struct MemoryNeedTests {
  private let gigabyte = MemoryRoom(addressSpace: .max, memory: 1_000_000_000)

  private func refusal(_ need: MemoryNeed, processes: Int = 1, _ room: MemoryRoom) -> String? {
    do {
      try need.check(processes: processes, room: room)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func whatFitsIsNotRefused() {
    var need = MemoryNeed()
    #expect(refusal(need, MemoryRoom(addressSpace: 0, memory: 0)) == nil)
    need.add("a", bytes: 250_000_000, 2)
    need.add("nothing", bytes: 0, .max)
    #expect(need.bytes == 500_000_000)
    #expect(refusal(need, processes: 2, gigabyte) == nil)
  }

  @Test func theLargestSettingIsNamed() throws {
    var need = MemoryNeed()
    need.add("a", bytes: 400_000_000)
    need.add("b 3", bytes: 600_000_000)
    let text = try #require(refusal(need, processes: 2, gigabyte))
    #expect(
      text.hasPrefix("b 3: a rank needs at least 1000000000 bytes of memory, 600000000 for this"),
      "\(text)")
    #expect(text.contains("this machine has 1000000000 free for 2 ranks"), "\(text)")
    let limited = MemoryRoom(addressSpace: 999_999_999, memory: .max)
    #expect(
      refusal(need, limited)?.contains("its address space (ulimit -v) has room for 999999999")
        == true)
  }

  @Test func numbersStopAtTheLargest() throws {
    var need = MemoryNeed()
    need.add("--count", bytes: .max, 464_154, 4)
    need.add("more", bytes: .max)
    #expect(need.bytes == .max)
    let text = try #require(refusal(need, processes: 8, gigabyte))
    #expect(text.hasPrefix("--count: a rank needs more than \(Int.max) bytes"), "\(text)")
  }

  @Test func theSystemTells() {
    let room = MemoryRoom.current
    #expect(room.memory > 0 && room.addressSpace > 0)
  }
}
