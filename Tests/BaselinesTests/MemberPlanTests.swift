// Dealing networks and their slices to ranks.

import Baselines
import Testing

@Suite struct MemberPlanTests {
  /// All slices of all networks are dealt, in order; ranks of a group share one network.
  @Test(arguments: [(1, 1), (1, 4), (3, 2), (5, 8), (10, 2), (7, 3)])
  func dealsAll(members: Int, slices: Int) throws {
    for ranks in 1...members * slices where (ranks + members - 1) / members <= slices {
      let plan = try MemberPlan(memberCount: members, sliceCount: slices, rankCount: ranks)
      var next = 0
      for rank in 0..<ranks {
        let units = plan.units(of: rank)
        #expect(units.lowerBound == next && !units.isEmpty)
        next = units.upperBound
        let own = plan.members(of: rank)
        #expect(own.count == 1 || plan.slices(of: rank) == 0..<slices)
        for other in plan.group(of: rank) { #expect(plan.members(of: other) == own) }
        #expect(plan.group(of: rank).contains(rank))
      }
      #expect(next == members * slices)
      for member in 0..<members {
        let owner = plan.owner(of: member)
        #expect(plan.members(of: owner).contains(member))
        #expect(plan.group(of: owner).lowerBound == owner)
      }
    }
  }

  @Test func refusesMoreRanksThanSlices() throws {
    _ = try MemberPlan(memberCount: 2, sliceCount: 4, rankCount: 8)
    #expect(throws: MemberPlan.Mismatch.self) {
      try MemberPlan(memberCount: 2, sliceCount: 4, rankCount: 9)
    }
  }
}
