// Averages over a training that begin as plain means.

public enum RunningAverage {
  /// What remains of an average when the `step`-th number (from 1 on) is taken in, the number's share being 1 minus this:
  /// min(limit, 1 - 1 / step). So it is the mean of all numbers for the first 1 / (1 - limit) steps, which
  /// what it began with has no part in, and exponential from there on.
  public static func decay(_ limit: Float, step: Int) -> Float {
    precondition(step > 0, "RunningAverage: step \(step)")
    return min(limit, 1 - 1 / Float(step))
  }
}
