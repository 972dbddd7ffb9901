// Where statistics of a network's images come together that lie on several ranks.

import Numerics

/// Brings what each rank has measured of its slices of a network's images to all of them.
public protocol StatisticsExchange: AnyObject {
  /// Overwrites what others have of `parts`, (slices, numbers); this rank's slices are there. On the main thread; collective among those who
  /// have slices. What goes wrong is kept, and told when the pass is over.
  func complete(_ parts: DoubleView)
}
