// Addresses of IPv4 and IPv6, as the system's calls take them.

import Glibc

/// Where a socket is bound or connects to.
struct SocketAddress: Equatable {
  /// As it is written: 10.0.0.1 or fd00::1.
  let text: String
  let family: Int32
  private let bytes: [UInt8]

  static let loopback = SocketAddress("127.0.0.1")!
  static let loopbackOfVersion6 = SocketAddress("::1")!
  /// All addresses of a machine.
  static let any = SocketAddress("0.0.0.0")!
  static let anyOfVersion6 = SocketAddress("::")!

  /// Nil where the text is no address.
  init?(_ text: some StringProtocol) {
    self.text = String(text)
    family = text.contains(":") ? AF_INET6 : AF_INET
    var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
    guard inet_pton(family, self.text, &bytes) == 1 else { return nil }
    self.bytes = bytes
  }

  /// Of an address that the system gave; nil where it is of another kind.
  init?(_ address: UnsafePointer<sockaddr>) {
    let family = Int32(address.pointee.sa_family)
    guard family == AF_INET || family == AF_INET6 else { return nil }
    let raw = UnsafeRawPointer(address)
    let offset = family == AF_INET ? 4 : 8
    let own = Array(
      UnsafeRawBufferPointer(start: raw + offset, count: family == AF_INET ? 4 : 16))
    // IPv4 in IPv6's clothes, as a socket of both has it.
    let isMapped = own.count == 16 && own[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
    bytes = isMapped ? Array(own[12...]) : own
    self.family = isMapped ? AF_INET : family
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(self.family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return nil }
    text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  var isLoopback: Bool { family == AF_INET ? bytes[0] == 127 : self == .loopbackOfVersion6 }
  /// Known on one cable alone, and only with that cable's name.
  var isLinkLocal: Bool { family == AF_INET6 && bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }

  /// Whether the first `bits` bits are `other`'s.
  func shares(_ bits: Int, with other: SocketAddress) -> Bool {
    guard family == other.family, 0...8 * bytes.count ~= bits else { return false }
    let whole = bits / 8
    if bytes[..<whole] != other.bytes[..<whole] { return false }
    return bits % 8 == 0 || (bytes[whole] ^ other.bytes[whole]) >> UInt8(8 - bits % 8) == 0
  }

  /// Calls `body` with the address and a port.
  func withAddress<Result>(
    port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(family)
    let isVersion6 = family == AF_INET6
    withUnsafeMutableBytes(of: &storage) { raw in
      raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      let place = isVersion6 ? 8 : 4
      for (index, byte) in bytes.enumerated() { raw[place + index] = byte }
    }
    let length = isVersion6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    return withUnsafePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
    }
  }

  /// A connection to the first of `hosts` that takes one within `seconds`.
  static func connect(_ hosts: [SocketAddress], port: UInt16, within seconds: Double) -> Link? {
    for host in hosts {
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
      let descriptor = Glibc.socket(host.family, kind, 0)
      guard descriptor >= 0 else { continue }
      let status = host.withAddress(port: port) { Glibc.connect(descriptor, $0, $1) }
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

  /// This side of a connection.
  static func own(of descriptor: Int32) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length) == 0 ? SocketAddress(UnsafePointer($0)) : nil
      }
    }
  }
}
