// Which rank writes which rows of a file that all write together.

import Collectives

/// A part of every tensor's rows for each rank, one behind the other.
struct RowShares: Sendable, Equatable {
  /// Parts before each rank's, and of all ranks.
  private let ends: [Int]

  /// Rank r writes `parts[r]` of every `parts` together.
  init(parts: [Int]) {
    ends = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  /// Rank r of P writes rows r * rows / P ..< (r + 1) * rows / P.
  static func even(_ size: Int) -> RowShares {
    RowShares(parts: [Int](repeating: 1, count: size))
  }

  /// The others on rank 0's machine write its rows too, while it has something else to do; every machine writes as much as its ranks would
  /// with even shares. Collective.
  static func sparingRankZero(_ communicator: Communicator) throws -> RowShares {
    sparingRankZero(hosts: try communicator.gather(communicator.hostName))
  }

  /// The same for ranks on `hosts`.
  static func sparingRankZero(hosts: [String]) -> RowShares {
    let together = hosts.count { $0 == hosts[0] }
    if together == 1 { return .even(hosts.count) }
    return RowShares(
      parts: hosts.indices.map { rank in
        rank == 0 ? 0 : hosts[rank] == hosts[0] ? together : together - 1
      })
  }

  func rows(of rank: Int, _ count: Int) -> Range<Int> {
    let total = ends[ends.count - 1]
    return ends[rank] * count / total..<ends[rank + 1] * count / total
  }
}
