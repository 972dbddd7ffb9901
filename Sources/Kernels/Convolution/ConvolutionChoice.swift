// Which code computes a convolution.

/// A candidate for each pass of a convolution, by its name in ``Convolution/candidates``; nil where the first that applies is
/// to be taken, or where no pass was made.
public struct ConvolutionChoice: Sendable, Equatable {
  public var forward: String?
  public var backwardToSource: String?
  public var backwardToWeights: String?

  public init(
    forward: String? = nil, backwardToSource: String? = nil, backwardToWeights: String? = nil
  ) {
    self.forward = forward
    self.backwardToSource = backwardToSource
    self.backwardToWeights = backwardToWeights
  }
}
