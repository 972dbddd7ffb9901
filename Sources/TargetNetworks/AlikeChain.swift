// A chain of operators that another one is made like.

import Kernels

/// What a new chain takes from one that was made alike: only one of the two runs at a time, and the first loads the filters for both.
struct AlikeChain {
  let chain: OperatorChain
  /// Whether a chain's whole forward or backward pass comes before the next one's: what a pass leaves that no other
  /// needs then lies in the same place, and gradients of filters are added up together.
  let takesTurns: Bool

  /// An operator's output, where nobody reads it once the pass is over.
  func passingOutput(_ index: Int) -> Tensor? {
    takesTurns && chain.outputPasses(index) ? chain.output(index) : nil
  }

  /// The gradient of the output below an operator, if it has memory of its own.
  func passingGradient(below index: Int) -> Tensor? {
    takesTurns ? chain.ownGradients[index] : nil
  }

  /// Where an operator's gradients of filters are added up.
  func filterGradients(_ index: Int) -> FilterGradients? {
    takesTurns ? chain.filterGradients(index) : nil
  }
}
