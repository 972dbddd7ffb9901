// Which rank trains which networks on which images.

import Host
import Numerics

/// K networks whose minibatches are cut into S slices each, dealt to P ranks.
///
/// With P <= K each rank trains a run of networks, all slices of each. With more ranks each network has a group of ranks
/// that deal its slices among them. Where a slice is computed is no matter for its gradient, and a network's slices are
/// added along one fixed tree: the networks are the same at any P.
public struct MemberPlan: Sendable {
  public let memberCount: Int
  public let sliceCount: Int
  public let rankCount: Int

  /// Why there are too many ranks.
  public struct Mismatch: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(memberCount: Int, sliceCount: Int, rankCount: Int) throws(Mismatch) {
    precondition(memberCount > 0 && sliceCount > 0 && rankCount > 0)
    self.memberCount = memberCount
    self.sliceCount = sliceCount
    self.rankCount = rankCount
    guard (rankCount + memberCount - 1) / memberCount <= sliceCount else {
      throw Mismatch(
        description:
          "\(rankCount) ranks are more than the \(memberCount * sliceCount) slices of \(memberCount) "
          + "networks' minibatches: start 1 to \(memberCount * sliceCount) ranks, or lower baseline.sliceImages"
      )
    }
  }

  /// The networks of one rank.
  public func members(of rank: Int) -> Range<Int> {
    guard rankCount > memberCount else {
      return rank * memberCount / rankCount..<(rank + 1) * memberCount / rankCount
    }
    // The last whose group begins at or before the rank.
    let member = ((rank + 1) * memberCount - 1) / rankCount
    return member..<member + 1
  }

  /// The ranks that share one rank's networks.
  public func group(of rank: Int) -> Range<Int> {
    guard rankCount > memberCount else { return rank..<rank + 1 }
    let member = members(of: rank).lowerBound
    return member * rankCount / memberCount..<(member + 1) * rankCount / memberCount
  }

  /// The slices of each of its networks that one rank computes.
  public func slices(of rank: Int) -> Range<Int> {
    let group = group(of: rank)
    let place = rank - group.lowerBound
    return ReductionTree(leafCount: sliceCount).leaves(of: place, among: group.count)
  }

  /// One rank's slices, all networks' being counted one network's behind the other's.
  public func units(of rank: Int) -> Range<Int> {
    let (members, slices) = (members(of: rank), slices(of: rank))
    let first = members.lowerBound * sliceCount + slices.lowerBound
    return first..<first + members.count * slices.count
  }

  /// A rank that has one network.
  public func owner(of member: Int) -> Int {
    rankCount > memberCount
      ? member * rankCount / memberCount
      : (0..<rankCount).first { members(of: $0).contains(member) }!
  }
}
