// What a message between two ranks of a node costs, from measurements.

import Files

/// Seconds that a message takes of the core of the rank that receives it: perMessage + bytes / bandwidth, of copying it and of adding where it is part of a sum.
///
/// Fitted to `bench reduction --json` of ranks of one node, whose cores share their messages evenly: seconds = (messages perMessage + bytes / bandwidth) / min(ranks, cores).
public struct MessageCosts: Sendable, Equatable {
  public let perMessage: Double
  public let bandwidth: Double
  /// Where this was measured. Ranks that share a core pass it on to each other at every message.
  public let ranksPerCore: Double

  private static let leastPerMessage = 1e-7
  /// Shared memory of a node of today.
  static let usual = MessageCosts(perMessage: 1e-6, bandwidth: 8e9, ranksPerCore: 1)

  public init(perMessage: Double, bandwidth: Double, ranksPerCore: Double) {
    (self.perMessage, self.bandwidth) = (perMessage, bandwidth)
    self.ranksPerCore = ranksPerCore
  }

  /// Nil where `json` is of another command or version, of one rank, of several nodes, or of fewer than two lengths.
  init?(_ json: JSONValue) {
    guard json["command"]?.text == "bench reduction", json["nodes"]?.number == 1,
      let ranks = json["ranks"]?.number, ranks >= 2, let cores = json["cores"]?.number, cores >= 1,
      let cases = json["cases"]?.elements
    else { return nil }
    // Relative errors, so that short messages count: 1 = perMessage m + b / bandwidth.
    var (mm, mb, bb, m, b) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var lengths: Set<Double> = []
    for one in cases {
      guard let seconds = one["reproducible_seconds_median"]?.number, seconds > 0,
        let messages = one["messages"]?.number, let bytes = one["bytes"]?.number
      else { continue }
      let work = seconds * min(ranks, cores)
      let (count, size) = (messages / work, bytes / work)
      mm += count * count
      mb += count * size
      bb += size * size
      m += count
      b += size
      lengths.insert(bytes)
    }
    let determinant = mm * bb - mb * mb
    guard lengths.count >= 2, determinant > 0 else { return nil }
    let fitted = ((bb * m - mb * b) / determinant, (mm * b - mb * m) / determinant)
    // Where other programs disturbed the short messages more than the long ones, bytes alone say what there is to say.
    perMessage = max(Self.leastPerMessage, fitted.1 > 0 ? fitted.0 : 0)
    bandwidth = 1 / (fitted.0 > 0 && fitted.1 > 0 ? fitted.1 : b / bb)
    ranksPerCore = max(1, ranks / cores)
  }

  /// Of several, those measured with most nearly as many ranks a core.
  static func nearest(_ all: [MessageCosts], ranksPerCore: Double) -> MessageCosts? {
    func distance(_ costs: MessageCosts) -> Double {
      let ratio = costs.ranksPerCore / max(1, ranksPerCore)
      return max(ratio, 1 / ratio)
    }
    return all.min { distance($0) < distance($1) }
  }

  /// Of a message.
  func seconds(bytes: Int) -> Double { perMessage + Double(bytes) / bandwidth }
}
