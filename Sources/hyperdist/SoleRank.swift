// Commands whose work is one processor's.

import Collectives

enum SoleRank {
  /// Does the work on rank 0; other ranks, where there are any, wait for its end.
  static func run(_ body: () throws -> Void) throws {
    guard LaunchedRank.current != nil else { return try body() }
    let communicator = try Communicator.start()
    _ = try RankOpening.exchange(RankOpening(), communicator)
    let agreement = Agreement(communicator: communicator)
    try agreement.onRoot(body)
    try agreement.finish()
  }
}
