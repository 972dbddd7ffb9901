// Connections between rank 0 and the others, apart from MPI's.

import Glibc

/// A TCP connection that carries heartbeats.
final class Link {
  let descriptor: Int32
  /// False once the other side is gone.
  private(set) var isOpen = true
  private var received: [UInt8] = []

  init(descriptor: Int32) {
    self.descriptor = descriptor
    var yes: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// Sends without waiting; a full connection belongs to a rank that does not read, which is silent too.
  func send(_ heartbeat: Heartbeat) {
    guard isOpen else { return }
    let bytes = heartbeat.bytes
    let count = Glibc.send(
      descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    if count >= 0 && count < bytes.count { isOpen = false }
  }

  /// What has arrived, without waiting.
  func receive() -> [Heartbeat] {
    var piece = [UInt8](repeating: 0, count: 4096)
    while isOpen {
      let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        received += piece[..<count]
      } else if count < 0 && (errno == EAGAIN || errno == EINTR) {
        break
      } else {
        isOpen = false
      }
    }
    var heartbeats: [Heartbeat] = []
    while received.count >= Heartbeat.size {
      if let heartbeat = Heartbeat(bytes: received[..<Heartbeat.size]) {
        heartbeats.append(heartbeat)
      }
      received.removeFirst(Heartbeat.size)
    }
    return heartbeats
  }
}
