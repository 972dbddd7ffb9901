// The networks that a machine is in, and which of them ranks meet in.

import Glibc

/// Addresses of this machine's network cards that other hosts can reach.
package struct NetworkCards {
  struct Card: Equatable {
    let name: String
    let address: SocketAddress
  }

  let cards: [Card]

  init(_ cards: [Card]) { self.cards = cards }

  /// Those of this machine that are up.
  init() {
    var list: UnsafeMutablePointer<ifaddrs>?
    var found: [Card] = []
    if getifaddrs(&list) == 0 {
      defer { freeifaddrs(list) }
      var next = list
      while let entry = next?.pointee {
        if let address = entry.ifa_addr.flatMap({ SocketAddress($0) }),
          entry.ifa_flags & UInt32(IFF_UP) != 0, !address.isLoopback, !address.isLinkLocal
        {
          found.append(Card(name: String(cString: entry.ifa_name), address: address))
        }
        next = entry.ifa_next
      }
    }
    cards = found
  }

  /// The cards that are named by `included`, or all but those named by `excluded`: names and networks (10.0.0.0/8) behind commas, as
  /// Open MPI's btl_tcp_if_include and btl_tcp_if_exclude have them.
  func chosen(included: String?, excluded: String?) -> [Card] {
    if let included, !included.isEmpty {
      let names = included.split(separator: ",")
      return cards.filter { card in names.contains { Self.name($0, means: card) } }
    }
    let names = (excluded ?? "").split(separator: ",")
    return cards.filter { card in !names.contains { Self.name($0, means: card) } }
  }

  /// The cards that mpirun was told to let MPI use; all where it was told nothing.
  var chosenByLauncher: [Card] {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    return chosen(
      included: variable("OMPI_MCA_btl_tcp_if_include"),
      excluded: variable("OMPI_MCA_btl_tcp_if_exclude"))
  }

  private static func name(_ name: Substring, means card: Card) -> Bool {
    let parts = name.split(separator: "/")
    guard parts.count == 2, let network = SocketAddress(parts[0]), let bits = Int(parts[1]) else {
      return name == card.name
    }
    return card.address.shares(bits, with: network)
  }

  /// The card that has an address.
  func name(of address: SocketAddress) -> String? {
    cards.first { $0.address == address }?.name
  }
}
