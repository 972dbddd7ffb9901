// IPv4 addresses, as the system's calls take them.

import Glibc

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
