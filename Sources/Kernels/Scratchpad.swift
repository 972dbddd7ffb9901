// Memory that operators of one context use in turn.

import Numerics

/// A part of the common scratchpad: what is in it is lost when another operator runs.
final class Scratchpad {
  /// Numbers, or those of each member of a team.
  let count: Int
  let isOfEach: Bool
  private var view: FloatView?
  private var step = 0

  init(count: Int, ofEach isOfEach: Bool) { (self.count, self.isOfEach) = (count, isOfEach) }

  /// Has its numbers in `view`, those of a member of a team `step` behind those of the one before.
  func take(_ view: FloatView, step: Int) { (self.view, self.step) = (view, step) }

  /// `count` numbers, there after ``KernelContext/allocateScratchpad()``.
  var values: FloatView { values(0) }

  /// A member's own, whatever operators the others run.
  func values(_ member: Int) -> FloatView {
    guard let view else { preconditionFailure("Scratchpad: not allocated yet") }
    return view.slice(member * step, count)
  }
}
