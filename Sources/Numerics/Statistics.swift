// Small functions of lists of numbers that several rooms need.

public enum Statistics {
  /// psi(1): minus the Euler-Mascheroni constant.
  public static let digammaOfOne = -0.577_215_664_901_532_9

  /// psi(n), the digamma function at a whole number of at least 1: -gamma + sum_{k<n} 1/k, added in the order
  /// of k. Cost: n additions.
  public static func digamma(_ n: Int) -> Double {
    precondition(n >= 1, "digamma: \(n) is no positive whole number")
    var value = digammaOfOne
    for k in 1..<n { value += 1 / Double(k) }
    return value
  }

  /// The middle of the values in their order, of two middles the greater. There is at least one value.
  public static func median(_ values: some Collection<Double>) -> Double {
    precondition(!values.isEmpty, "median: no values")
    return values.sorted()[values.count / 2]
  }

  /// sum_i x_i / n, added in their order; NaN of none.
  public static func mean(_ values: some Collection<Double>) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// sqrt(sum_i (x_i - mean)^2 / (n - 1)); NaN of fewer than two.
  public static func sampleDeviation(_ values: some Collection<Double>) -> Double {
    let mean = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : .nan
  }

  /// How far from the first the largest value is, the first of equals. What compares with nothing (NaN) is
  /// never larger. There is at least one value.
  @inlinable
  public static func argmax<Value: Comparable>(_ values: some RandomAccessCollection<Value>) -> Int
  {
    precondition(!values.isEmpty, "argmax: no values")
    var best = values.startIndex
    for index in values.indices where values[index] > values[best] { best = index }
    return values.distance(from: values.startIndex, to: best)
  }

  /// Index of the largest element, the first of equals, as of any other list.
  @inlinable
  public static func argmax<Value: Comparable>(_ values: VectorView<Value>) -> Int {
    precondition(values.count > 0, "argmax: no values")
    var best = 0
    for index in 1..<values.count where values[index] > values[best] { best = index }
    return best
  }
}
