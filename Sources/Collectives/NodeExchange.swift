// What the ways of adding up ranks' nodes have in common.

import Numerics

/// A way for ranks to finish the sum along the ``ReductionTree`` from the nodes that each of them has, on two ranks and more.
///
/// The two halves of a long sum can be had alone: after the first each rank has the sum of the elements that it owns, and the second brings each rank's
/// elements to all. Nothing here is changed by the way that is taken, but for who owns what.
protocol NodeExchange<Element>: AnyObject {
  associatedtype Element: CollectiveElement & TreeSummable

  /// Elements of one sum at most.
  var longest: Int { get }
  /// The elements whose sums this rank finishes.
  func owned(of count: Int) -> Range<Int>
  /// Overwrites `result` with the sum of all ranks' nodes, this rank's k-th being as many elements from k * `stride` on of `parts` (read), of which
  /// `result` may be the first. Collective.
  func sum(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  /// As ``sum(_:stride:into:)``, but only sets off. Collective.
  func start(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  /// Sets off to overwrite the owned elements of `result` with the sum; the others are scratch. Collective.
  func startScatter(_ parts: VectorView<Element>, stride: Int, into result: VectorView<Element>)
    throws(CollectiveError)
  /// Sets off to overwrite what other ranks own of `values` by what they have there. Collective.
  func startGather(_ values: VectorView<Element>) throws(CollectiveError)
  /// Lets what was started move on; false when nothing is under way any more. Local.
  func progress() throws(CollectiveError) -> Bool
}
