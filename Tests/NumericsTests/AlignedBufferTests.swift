// Buffers begin at a cache line, with zeros.

import Numerics
import Testing

@Suite struct AlignedBufferTests {
  @Test(arguments: [0, 1, 15, 16, 17, 100_003, 3_000_001])
  func isAlignedAndZero(count: Int) {
    // Memory that was written to and given back, so that zeros are the buffer's own.
    do {
      let used = AlignedBuffer<Float>(count: count)
      used.view.fill(.nan)
    }
    let buffer = AlignedBuffer<Float>(count: count)
    #expect(Int(bitPattern: buffer.view.baseAddress) % 64 == 0)
    #expect(buffer.count == count)
    #expect(buffer.view.array.allSatisfy { $0.bitPattern == 0 })
  }

  @Test func elementsStayWhereTheyAre() {
    let buffer = AlignedBuffer<Int32>(count: 100)
    for index in 0..<100 { buffer[index] = Int32(index * index) }
    #expect(buffer.view.slice(7, 3).array == [49, 64, 81])
    #expect(buffer[99] == 9801)
  }

  @Test func negativeCountTraps() async {
    await #expect(processExitsWith: .failure) { _ = AlignedBuffer<Float>(count: -1) }
  }

  @Test func sliceBeyondTheEndTraps() async {
    await #expect(processExitsWith: .failure) {
      let buffer = AlignedBuffer<Float>(count: 10)
      _ = buffer.view.slice(4, 7)
    }
  }
}
