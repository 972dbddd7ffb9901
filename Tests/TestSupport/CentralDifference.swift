// Derivatives by differences, to compare gradients with.

/// (f(x + step) - f(x - step)) / (2 step), wrong by about step^2 / 6 times the third derivative.
public enum CentralDifference {
  /// `value` is the function of how far to move.
  public static func slope(step: Double, of value: (_ move: Double) throws -> Double) rethrows
    -> Double
  {
    (try value(step) - value(-step)) / (2 * step)
  }

  /// By one coordinate of `point`.
  public static func slope(
    at point: [Double], _ index: Int, step: Double, of value: ([Double]) throws -> Double
  ) rethrows -> Double {
    try slope(step: step) { move in
      var moved = point
      moved[index] += move
      return try value(moved)
    }
  }
}
