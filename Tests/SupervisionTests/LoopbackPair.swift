// Both ends of a connection of this machine to itself.

import Testing

@testable import Supervision

enum LoopbackPair {
  static func links() throws -> (near: Link, far: Link) {
    let listener = try #require(Listener(onThisMachineOnly: true))
    let near = try #require(
      SocketAddress.connect([SocketAddress.loopback], port: listener.port, within: 5))
    return (near, try #require(listener.accept(within: 5)))
  }
}
