// The side of a connection that waits to be called.

import Glibc

/// Where rank 0 waits for the others' connections.
final class Listener {
  let port: UInt16
  private let descriptor: Int32

  /// Listens on the loopback alone or on all networks, of IPv6 and IPv4 where the system has both. Nil where it refuses; errno
  /// says why.
  convenience init?(onThisMachineOnly: Bool) {
    let places: [SocketAddress] =
      onThisMachineOnly ? [.loopback, .loopbackOfVersion6] : [.anyOfVersion6, .any]
    for place in places {
      if let descriptor = Self.bound(to: place), let port = Self.port(of: descriptor) {
        self.init(descriptor, port)
        return
      }
    }
    return nil
  }

  private init(_ descriptor: Int32, _ port: UInt16) {
    (self.descriptor, self.port) = (descriptor, port)
  }

  deinit { close(descriptor) }

  private static func bound(to place: SocketAddress) -> Int32? {
    let descriptor = Glibc.socket(
      place.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    if place.family == AF_INET6 {
      var no: Int32 = 0
      setsockopt(
        descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, socklen_t(MemoryLayout<Int32>.size))
    }
    let isReady = place.withAddress(port: 0) {
      bind(descriptor, $0, $1) == 0 && listen(descriptor, 4096) == 0
    }
    if isReady { return descriptor }
    let number = errno
    close(descriptor)
    errno = number
    return nil
  }

  /// Both kinds of address have the port at the same place.
  private static func port(of descriptor: Int32) -> UInt16? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isKnown else { return nil }
    return withUnsafeBytes(of: &storage) {
      UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
  }

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
