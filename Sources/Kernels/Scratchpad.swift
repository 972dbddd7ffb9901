// Memory that operators of one context use in turn.

import Numerics

/// A part of the common scratchpad: what is in it is lost when another operator runs.
final class Scratchpad {
  let count: Int
  var view: FloatView?

  init(count: Int) { self.count = count }

  /// `count` numbers, there after ``KernelContext/allocateScratchpad()``.
  var values: FloatView {
    guard let view else { preconditionFailure("Scratchpad: not allocated yet") }
    return view
  }
}
