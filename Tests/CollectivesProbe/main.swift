// What the tests of Collectives run on several ranks. Prints facts that may not depend on the number of
// ranks; the tests compare them.

import Collectives
import Glibc
import Numerics

if CommandLine.arguments.dropFirst().first == "early-error" {
  print(CollectiveError(function: "MPI_Init_thread", status: 16, rank: nil))
  exit(0)
}
let communicator = try Communicator.start()
let pattern =
  CommandLine.arguments.dropFirst(2).first.flatMap(CollectivePattern.init) ?? .auto
switch CommandLine.arguments.dropFirst().first {
case "sums": try printSums(communicator, pattern)
case "farthest-first": try printFarthestFirst(communicator)
case "counts": try printCounts(communicator, pattern)
case "rank-order": try printRankOrderSum(communicator)
case "leaf-order":
  // In order; with one pair of neighbours exchanged, which is no other sum; with two pairs' members mixed.
  try printReorderedSum(communicator, order: [0, 1, 2, 3, 4, 5, 6, 7])
  try printReorderedSum(communicator, order: [1, 0, 2, 3, 4, 5, 6, 7])
  try printReorderedSum(communicator, order: [0, 2, 1, 3, 4, 5, 6, 7])
case "plans": try checkPlans(communicator)
case "columns": try checkColumns(communicator, pattern)
case "long-messages": try checkLongMessages(communicator)
case "time": try printTimes(communicator, shardCount: 8)
case "facts":
  let hosts = try communicator.gather(communicator.hostName)
  if communicator.rank == 0 {
    print("ranks \(communicator.size) on this node \(communicator.ranksOnThisNode)")
    print("hosts \(hosts.count) own \(hosts[0] == communicator.hostName)")
  }
case "error":
  // MPI_ERR_TRUNCATE of Open MPI; provoking a real one corrupts its memory.
  if communicator.rank == 0 {
    print(CollectiveError(function: "MPI_Bcast", status: 15, rank: communicator.rank))
  }
case "abort":
  // The others wait for a rank that never comes.
  if communicator.rank == communicator.size - 1 { communicator.abort(7) }
  try communicator.barrier()
default:
  print(
    "usage: CollectivesProbe sums|counts|columns [auto|tree|alltoall]|farthest-first|rank-order|leaf-order|plans|long-messages|time|facts|error|early-error|abort"
  )
  exit(2)
}
try communicator.finish()
