// The random vectors that a hypernetwork maps to weights.

import Numerics

/// Latent vectors as functions of (seed, purpose, step, sample): the same on any rank.
public struct Latents: Sendable {
  /// Samples that differ: their numbers have 32 bits.
  public static let mostSamples = 1 << 32

  public let architecture: HypernetworkArchitecture
  public let seed: UInt64

  public init(architecture: HypernetworkArchitecture, seed: UInt64) {
    self.architecture = architecture
    self.seed = seed
  }

  /// Overwrites `latent` (d numbers) with sample `sample` of `step`, drawn from the prior.
  public func fill(_ latent: FloatView, purpose: RandomPurpose, step: Int = 0, sample: Int) {
    let random = CounterRandom(seed: seed, purpose: purpose, major: step, minor: sample)
    switch architecture.prior {
    case .uniform: random.fillUniform(latent, low: -1, high: 1)
    case .normal: random.fillNormal(latent)
    case .modes:
      let modes = architecture.modes
      random.fillNormal(latent)
      VectorMath.scale(latent.slice(modes..<latent.count), by: architecture.modeSpread)
      latent.slice(0, modes).fill(0)
      latent[sample % modes] = architecture.modeCoordinate
    }
  }
}
