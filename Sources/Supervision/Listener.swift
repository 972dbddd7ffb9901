// The side of a connection that waits to be called.

import Glibc

/// Where rank 0 waits for the others' connections.
final class Listener {
  let port: UInt16
  private let descriptor: Int32

  /// Nil where the system refuses; errno says why.
  init?(onThisMachineOnly: Bool) {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var address = SocketAddress.make(
      onThisMachineOnly ? SocketAddress.loopback : in_addr(s_addr: 0), port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isReady = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 4096) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isReady else {
      let number = errno
      close(descriptor)
      errno = number
      return nil
    }
    self.descriptor = descriptor
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(descriptor) }

  /// The next connection, or nil when there is none within `seconds`.
  func accept(within seconds: Double) -> Link? {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, Int32(1000 * seconds)) > 0 else { return nil }
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { return nil }
    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
    return Link(descriptor: accepted)
  }
}
