// Heartbeats over a TCP connection within this process.

import Glibc
import Host
import Testing

@testable import Supervision

@Suite struct LinkTests {
  private func beat(_ marks: Int) -> Heartbeat {
    var heartbeat = Heartbeat()
    (heartbeat.rank, heartbeat.marks) = (1, marks)
    return heartbeat
  }

  /// What has come after a while, which loopback may take.
  private func receive(_ link: Link, _ count: Int) -> [Heartbeat] {
    var heartbeats: [Heartbeat] = []
    let begin = monotonicSeconds()
    while heartbeats.count < count && link.isOpen && monotonicSeconds() - begin < 10 {
      heartbeats += link.receive()
      usleep(1_000)
    }
    return heartbeats
  }

  @Test func heartbeatsArriveInOrder() throws {
    let (near, far) = try LoopbackPair.links()
    #expect(near.receive().isEmpty && near.isOpen)
    for marks in 0..<300 { near.send(beat(marks)) }
    #expect(receive(far, 300).map(\.marks) == Array(0..<300))
    far.send(beat(7))
    #expect(receive(near, 1) == [beat(7)])
  }

  /// Half a heartbeat waits for its other half; a stranger's bytes are passed over.
  @Test func piecesAreJoinedAndStrangeBytesPassedOver() throws {
    let (near, far) = try LoopbackPair.links()
    let bytes = [UInt8](repeating: 0xFF, count: Heartbeat.size) + beat(5).bytes + beat(6).bytes
    let cut = 2 * Heartbeat.size + 11
    #expect(Glibc.send(near.descriptor, bytes, cut, 0) == cut)
    #expect(receive(far, 1).map(\.marks) == [5])
    #expect(far.receive().isEmpty)
    let rest = Array(bytes[cut...])
    #expect(Glibc.send(near.descriptor, rest, rest.count, 0) == rest.count)
    #expect(receive(far, 1).map(\.marks) == [6])
  }

  @Test func theEndOfAConnectionIsNoticed() throws {
    var near: Link?
    let far: Link
    (near, far) = try LoopbackPair.links()
    near!.send(beat(9))
    near = nil
    // What was sent before the end still counts.
    #expect(receive(far, 2).map(\.marks) == [9])
    #expect(!far.isOpen)
    // No signal, no wait.
    for _ in 0..<3 { far.send(beat(1)) }
    #expect(far.receive().isEmpty)
  }

  /// A rank that does not read fills its connection: the sender neither waits nor ends.
  @Test func aFullConnectionDoesNotHoldTheSenderUp() throws {
    let (near, far) = try LoopbackPair.links()
    var size: Int32 = 4096
    let length = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(near.descriptor, SOL_SOCKET, SO_SNDBUF, &size, length)
    setsockopt(far.descriptor, SOL_SOCKET, SO_RCVBUF, &size, length)
    for marks in 0..<20_000 { near.send(beat(marks)) }
    var arrived: [Int] = []
    for _ in 0..<100 {
      arrived += far.receive().map(\.marks)
      usleep(1_000)
    }
    #expect(arrived.first == 0 && arrived.count < 20_000)
  }

  @Test func nobodyListeningIsNoLink() throws {
    let port = try #require(Listener(onThisMachineOnly: true)).port
    #expect(SocketAddress.connect([SocketAddress.loopback], port: port, within: 1) == nil)
  }

  @Test func nobodyCallingIsNoLink() throws {
    let listener = try #require(Listener(onThisMachineOnly: true))
    #expect(listener.accept(within: 0.01) == nil)
  }
}
