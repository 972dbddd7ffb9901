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

enum SocketAddress {
  static let loopback = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)

  static func make(_ host: in_addr, port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = host
    address.sin_port = port.bigEndian
    return address
  }

  /// This machine's IPv4 addresses, the loopback's last.
  static func ofThisMachine() -> [in_addr] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [loopback] }
    defer { freeifaddrs(list) }
    var addresses: [in_addr] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
        entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      {
        addresses.append(
          address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr })
      }
      next = entry.ifa_next
    }
    return addresses + [loopback]
  }

  /// A connection to the first of `hosts` that takes one within `seconds`.
  static func connect(_ hosts: [in_addr], port: UInt16, within seconds: Double) -> Link? {
    for host in hosts {
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
      let descriptor = Glibc.socket(AF_INET, kind, 0)
      guard descriptor >= 0 else { return nil }
      var address = make(host, port: port)
      let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if status == 0 || errno == EINPROGRESS && poll(&waiting, 1, Int32(1000 * seconds)) > 0 {
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        if failure == 0 { return Link(descriptor: descriptor) }
      }
      close(descriptor)
    }
    return nil
  }
}
