// What a message between two ranks costs, from measurements.

import Files

/// seconds = latency + bytes / bandwidth of a message each way between two ranks, fitted to `bench reduction --json` on two ranks.
///
/// A reproducible sum of long vectors is two messages of half their bytes each way, the additions between them counting as part of the way.
public struct MessageCosts: Sendable, Equatable {
  public let latency: Double
  public let bandwidth: Double

  public init(latency: Double, bandwidth: Double) {
    (self.latency, self.bandwidth) = (latency, bandwidth)
  }

  /// Nil where `json` is of another command, of other rank counts, or of fewer than two lengths.
  init?(_ json: JSONValue) {
    guard json["command"]?.text == "bench reduction", json["ranks"]?.number == 2,
      let cases = json["cases"]?.elements
    else { return nil }
    let points = cases.compactMap { one -> (bytes: Double, seconds: Double)? in
      guard let floats = one["floats"]?.number,
        let seconds = one["reproducible_seconds_median"]?.number
      else { return nil }
      // Short vectors go whole, once.
      return 4 * floats <= 32_768 ? (4 * floats, seconds) : (2 * floats, seconds / 2)
    }
    guard points.count >= 2 else { return nil }
    // Relative errors, so that short messages count.
    var (w, x, xx, y, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (bytes, seconds) in points {
      let weight = 1 / (seconds * seconds)
      w += weight
      x += weight * bytes
      xx += weight * bytes * bytes
      y += weight * seconds
      xy += weight * bytes * seconds
    }
    let determinant = w * xx - x * x
    let slope = (w * xy - x * y) / determinant
    guard determinant > 0, slope > 0 else { return nil }
    latency = max(1e-7, (xx * y - x * xy) / determinant)
    bandwidth = 1 / slope
  }
}
