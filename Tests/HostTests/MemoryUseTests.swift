// Figures of /proc move as memory is used.

import Glibc
import Testing

@testable import Host

@Suite struct MemoryUseTests {
  /// In a process of its own, where no other test takes memory.
  @Test func peakCountsWhatIsTouched() async {
    await #expect(processExitsWith: .success) {
      let size = MemoryUse.peakResidentBytes + (64 << 20)
      let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
      // Only pages that are written are resident.
      guard MemoryUse.peakResidentBytes < size else { exit(1) }
      memset(memory, 1, size)
      guard MemoryUse.peakResidentBytes >= size else { exit(2) }
      munmap(memory, size)
      guard MemoryUse.peakResidentBytes >= size else { exit(3) }
      MemoryUse.resetPeak()
      guard MemoryUse.peakResidentBytes < size else { exit(4) }
    }
  }

  @Test func availableIsPlausible() {
    #expect(MemoryUse.availableBytes > 1 << 20)
    #expect(
      MemoryUse.availableBytes < sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
  }
}
