// Addresses of both kinds, written, compared and connected to.

import Glibc
import Testing

@testable import Supervision

@Suite struct SocketAddressTests {
  @Test(arguments: ["127.0.0.1", "10.1.2.3", "255.255.255.255", "::1", "fd99::1", "2001:db8::a:b"])
  func textComesBack(text: String) throws {
    let address = try #require(SocketAddress(text))
    let (port, again) = address.withAddress(port: 4711) { pointer, length in
      (
        UnsafeRawPointer(pointer).loadUnaligned(fromByteOffset: 2, as: UInt16.self).bigEndian,
        SocketAddress(pointer)
      )
    }
    #expect(port == 4711)
    #expect(again == address && again?.text == text)
  }

  @Test(arguments: ["", "h2", "10.0.0", "10.0.0.256", "fd99:::1", "12345::"])
  func otherTextsAreNone(text: String) { #expect(SocketAddress(text) == nil) }

  @Test func mappedAddressesAreOfVersion4() throws {
    let mapped = try #require(SocketAddress("::ffff:10.1.2.3"))
    let seen = mapped.withAddress(port: 1) { pointer, _ in SocketAddress(pointer) }
    #expect(seen == SocketAddress("10.1.2.3"))
  }

  @Test func networks() throws {
    let address = try #require(SocketAddress("10.99.129.7"))
    let (near, far) = (
      try #require(SocketAddress("10.99.128.0")), try #require(SocketAddress("10.98.0.0"))
    )
    #expect(
      address.shares(17, with: near) && address.shares(23, with: near)
        && address.shares(0, with: far))
    #expect(!address.shares(24, with: near) && !address.shares(16, with: far))
    #expect(!address.shares(33, with: address))
    #expect(!address.shares(0, with: .loopbackOfVersion6))
    #expect(
      SocketAddress("fe80::1")?.isLinkLocal == true
        && SocketAddress("fd99::1")?.isLinkLocal == false)
    #expect(SocketAddress.loopback.isLoopback && SocketAddress.loopbackOfVersion6.isLoopback)
    #expect(!address.isLoopback)
  }

  /// A listener on all networks takes calls of both kinds.
  @Test(arguments: ["127.0.0.1", "::1"]) func bothKindsConnect(host: String) throws {
    let listener = try #require(Listener(onThisMachineOnly: false))
    let address = try #require(SocketAddress(host))
    let near = try #require(SocketAddress.connect([address], port: listener.port, within: 5))
    let far = try #require(listener.accept(within: 5))
    #expect(SocketAddress.own(of: far.descriptor) == address)
    var hello = Heartbeat()
    (hello.kind, hello.rank) = (.hello, 3)
    near.send(hello)
    var waiting = pollfd(fd: far.descriptor, events: Int16(POLLIN), revents: 0)
    poll(&waiting, 1, 5000)
    #expect(far.receive().first?.rank == 3)
  }

  /// Behind an address that nobody has, the next one is tried.
  @Test func theFirstThatAnswersIsTaken() throws {
    let listener = try #require(Listener(onThisMachineOnly: true))
    let nobody = try #require(SocketAddress("127.0.0.2"))
    let link = SocketAddress.connect(
      [.loopbackOfVersion6, nobody, .loopback], port: listener.port, within: 1)
    #expect(link != nil)
  }
}
