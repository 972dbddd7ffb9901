// A rank's word about itself, to bytes and back.

import Host
import Supervision
import Testing

@Suite struct HeartbeatTests {
  @Test func bytesReadBack() {
    var heartbeat = Heartbeat()
    (heartbeat.kind, heartbeat.rank, heartbeat.step) = (.leaving, 3, 123_456_789)
    (heartbeat.stage, heartbeat.marks, heartbeat.idleSeconds) = (.checkpoint, 1 << 40, 2.5)
    #expect(heartbeat.bytes.count == Heartbeat.size)
    #expect(Heartbeat(bytes: heartbeat.bytes[...]) == heartbeat)
  }

  @Test func strangersBytesAreNone() {
    let bytes = Heartbeat().bytes
    #expect(Heartbeat(bytes: bytes.dropLast()) == nil)
    #expect(Heartbeat(bytes: [UInt8](repeating: 0xFF, count: Heartbeat.size)[...]) == nil)
    #expect(Heartbeat(bytes: [UInt8](repeating: 0x7F, count: Heartbeat.size)[...]) == nil)
  }
}
