// Where a layer's filters lie in the flat weight vector.

/// Shape of a layer's filters. In the flat vector each is its kernel followed by its bias, or by the scale
/// and shift of the normalization behind the layer.
public struct FilterShape: Sendable, Equatable {
  public var filterCount: Int
  /// (in, kH, kW), or (in) where the layer's source has no rows and columns.
  public var kernelShape: [Int]
  /// Whether a normalization follows, so that there is no bias.
  public var isNormalized: Bool

  public init(filterCount: Int, kernelShape: [Int], isNormalized: Bool = false) {
    self.filterCount = filterCount
    self.kernelShape = kernelShape
    self.isNormalized = isNormalized
  }

  public var kernelCount: Int { kernelShape.reduce(1, *) }
  /// Elements of a filter in the flat vector.
  public var filterSize: Int { kernelCount + (isNormalized ? 2 : 1) }
  /// Elements of all filters in the flat vector.
  public var count: Int { filterCount * filterSize }

  var shape: [Int] { [filterCount] + kernelShape }

  /// The kernel of a filter within the flat vector.
  func kernel(_ filter: Int) -> Range<Int> {
    filter * filterSize..<filter * filterSize + kernelCount
  }
}
