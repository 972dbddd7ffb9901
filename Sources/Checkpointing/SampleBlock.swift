// Where a layer lies within a flat weight vector.

/// One layer's weights within a flat weight vector: `filterCount` filters, `filterSize` elements apart,
/// each its kernel (of `kernelShape`) followed by its bias, or by scale and shift of a normalization.
public struct SampleBlock: Sendable, Equatable {
  /// The layer's name, such as `layer1`.
  public let name: String
  public let filterCount: Int
  public let kernelShape: [Int]
  /// Where the first filter begins.
  public let offset: Int
  public let filterSize: Int
  /// Where a normalization's means, and behind them its variances, begin among a network's statistics;
  /// nil: there is none.
  public let statisticOffset: Int?

  public init(
    name: String, filterCount: Int, kernelShape: [Int], offset: Int, filterSize: Int,
    statisticOffset: Int? = nil
  ) {
    precondition(
      filterSize == kernelShape.reduce(1, *) + (statisticOffset == nil ? 1 : 2),
      "SampleBlock \(name): filters of \(filterSize) elements with kernels of \(kernelShape)")
    self.name = name
    self.filterCount = filterCount
    self.kernelShape = kernelShape
    self.offset = offset
    self.filterSize = filterSize
    self.statisticOffset = statisticOffset
  }
}
