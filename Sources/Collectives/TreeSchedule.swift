// Whom a rank meets on its way from its shards to the root of the reduction tree.

import Numerics

/// The meetings of one rank along the ``ReductionTree``, where the ranks' runs of shards are the nodes of one of its levels.
///
/// At its k-th meeting a rank and the one whose number differs in bit k have, with the ranks they have met before, the two children of a node: the
/// nearest rank comes first. Farthest first, as reductions are often described, would add other pairs.
struct TreeSchedule: Sendable {
  /// One exchange between two ranks.
  struct Meeting: Sendable {
    let partner: Int
    /// Whether this rank's side is the left child.
    let isLeft: Bool
    /// Whether there are shards on this rank's side, and on the partner's. What there are none on is left out of the sum.
    let hasSum: Bool
    let partnerHasSum: Bool
  }

  let meetings: [Meeting]

  /// Nil where the ranks' runs are no such nodes.
  init?(_ plan: SumPlan, rank: Int) {
    guard plan.followsTree else { return nil }
    func leaves(of ranks: Range<Int>) -> Range<Int> {
      plan.leaves(of: ranks.lowerBound)
        .lowerBound..<plan.leaves(of: ranks.upperBound - 1)
        .upperBound
    }
    var meetings: [Meeting] = []
    var distance = 1
    while distance < plan.rankCount {
      let first = rank / (2 * distance) * (2 * distance)
      let left = leaves(of: first..<first + distance)
      let right = leaves(of: first + distance..<first + 2 * distance)
      let isLeft = rank & distance == 0
      meetings.append(
        Meeting(
          partner: rank ^ distance, isLeft: isLeft, hasSum: !(isLeft ? left : right).isEmpty,
          partnerHasSum: !(isLeft ? right : left).isEmpty))
      distance *= 2
    }
    self.meetings = meetings
  }

  /// In any order, for tests.
  init(meetings: [Meeting]) { self.meetings = meetings }

  /// What a vector of `count` elements is cut into at a meeting: the part this rank goes on with, and its partner's. Boundaries are at multiples
  /// of 16 elements.
  func halves(at meeting: Int, of count: Int) -> (kept: Range<Int>, given: Range<Int>) {
    var (kept, given) = (0..<(count + 15) / 16, 0..<0)
    for meeting in meetings[...meeting] {
      let middle = ReductionTree.middle(of: kept)
      let (lower, upper) = (kept.lowerBound..<middle, middle..<kept.upperBound)
      (kept, given) = meeting.isLeft ? (lower, upper) : (upper, lower)
    }
    func elements(_ blocks: Range<Int>) -> Range<Int> {
      min(count, 16 * blocks.lowerBound)..<min(count, 16 * blocks.upperBound)
    }
    return (elements(kept), elements(given))
  }

  /// What goes over a vector of `count` elements at a meeting.
  enum Pass {
    /// All of a short vector, to be added.
    case whole
    /// Half of what is left of a long one, to be added.
    case halving
    /// Sums, back.
    case doubling
  }

  /// The elements that this rank gives, and those that it takes, at a meeting.
  func transfer(_ pass: Pass, at meeting: Int, of count: Int) -> (
    given: Range<Int>, taken: Range<Int>
  ) {
    let now = meetings[meeting]
    func of(_ range: Range<Int>, _ isThere: Bool) -> Range<Int> {
      isThere ? range : range.lowerBound..<range.lowerBound
    }
    switch pass {
    case .whole: return (of(0..<count, now.hasSum), of(0..<count, now.partnerHasSum))
    case .halving:
      let (kept, given) = halves(at: meeting, of: count)
      return (of(given, now.hasSum), of(kept, now.partnerHasSum))
    case .doubling:
      let (kept, given) = halves(at: meeting, of: count)
      return (kept, given)
    }
  }

  /// Bytes of a vector up to which it goes whole. The result does not depend on it.
  static var shortBytes: Int { 1 << 15 }

  /// What is left to this rank after all meetings.
  func owned(of count: Int) -> Range<Int> { halves(at: meetings.count - 1, of: count).kept }
}
