// Which of several networks ranks meet in.

import Testing

@testable import Supervision

@Suite struct NetworkCardsTests {
  private func card(_ name: String, _ address: String) throws -> NetworkCards.Card {
    NetworkCards.Card(name: name, address: try #require(SocketAddress(address)))
  }

  @Test func cardsAreChosenAsForMPI() throws {
    let all = NetworkCards([
      try card("eth0", "192.168.1.5"), try card("ib0", "10.8.0.5"), try card("ib0", "fd99::5"),
    ])
    func names(_ included: String?, _ excluded: String?) -> [String] {
      all.chosen(included: included, excluded: excluded).map(\.address.text)
    }
    #expect(names(nil, nil) == ["192.168.1.5", "10.8.0.5", "fd99::5"])
    #expect(names("", nil).count == 3)
    #expect(names("ib0", nil) == ["10.8.0.5", "fd99::5"])
    #expect(names("10.0.0.0/8", nil) == ["10.8.0.5"])
    #expect(names("fd99::/16,eth0", nil) == ["192.168.1.5", "fd99::5"])
    #expect(names(nil, "lo,eth0") == ["10.8.0.5", "fd99::5"])
    #expect(names("eth1", nil).isEmpty)
    #expect(all.name(of: try #require(SocketAddress("10.8.0.5"))) == "ib0")
    #expect(all.name(of: .loopback) == nil)
  }

  @Test func ownCardsCanBeReached() {
    #expect(NetworkCards().cards.allSatisfy { !$0.address.isLoopback && !$0.address.isLinkLocal })
  }
}
