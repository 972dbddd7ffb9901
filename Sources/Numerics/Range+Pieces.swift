// Runs of numbers in pieces for parallel loops.

extension Range where Bound == Int {
  /// The range in pieces of `length`, the last one as long as is left.
  public func pieces(of length: Int) -> [Range<Int>] {
    stride(from: lowerBound, to: upperBound, by: length).map {
      $0..<Swift.min(upperBound, $0 + length)
    }
  }
}
