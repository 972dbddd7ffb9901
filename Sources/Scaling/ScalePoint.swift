// One arrangement of ranks and threads of a scaling study.

/// Ranks of `threads` threads each, and the problem they work on.
public struct ScalePoint: Sendable, Hashable {
  public let ranks: Int
  public let threads: Int
  /// Of the whole minibatch.
  public let latents: Int
  public let shards: Int

  public init(ranks: Int, threads: Int, latents: Int, shards: Int) {
    (self.ranks, self.threads) = (ranks, threads)
    (self.latents, self.shards) = (latents, shards)
  }

  public var cores: Int { ranks * threads }
  /// `4x2`: ranks x threads.
  public var name: String { "\(ranks)x\(threads)" }

  /// What a configuration is changed by.
  public var overrides: [String] {
    ["training.latents=\(latents)", "distribution.shards=\(shards)"]
  }

  /// All pairs of `ranks` and `threads`, those of fewer cores first; of as many, those of fewer ranks. The first is the base. In a weak study it has
  /// `latents` and `shards`, and the others as many times both as they have cores more.
  public static func all(
    ranks: [Int], threads: [Int], latents: Int, shards: Int, isWeak: Bool
  ) throws(ScalingError) -> [ScalePoint] {
    let pairs = Set(ranks.flatMap { ranks in threads.map { [ranks, $0] } })
      .sorted { ($0[0] * $0[1], $0[0]) < ($1[0] * $1[1], $1[0]) }
    guard let first = pairs.first else { return [] }
    let baseCores = first[0] * first[1]
    var points: [ScalePoint] = []
    for pair in pairs {
      let cores = pair[0] * pair[1]
      guard !isWeak || cores % baseCores == 0 else {
        throw ScalingError(
          "--weak: \(pair[0]) x \(pair[1]) cores are no multiple of the \(first[0]) x \(first[1]) that the study begins with, so that "
            + "a core cannot have as many latents; leave it out", .badRequest)
      }
      let factor = isWeak ? cores / baseCores : 1
      points.append(
        ScalePoint(
          ranks: pair[0], threads: pair[1], latents: factor * latents, shards: factor * shards))
    }
    return points
  }
}
