// Where the networks of an evaluation come from.

import Numerics
import TargetNetworks

/// Networks named by their numbers, which any rank and any thread makes.
public protocol NetworkSource: Sendable {
  var target: TargetArchitecture { get }
  /// d: dimensions of the latents that networks come from; nil where there are none.
  var latentSize: Int? { get }
  /// How many networks there are; nil: as many as are asked for.
  var networkCount: Int? { get }
  /// Whether a latent that belongs to no network can be mapped to one.
  var mapsLatents: Bool { get }

  /// Overwrites `weights` (D) with a network; on the calling thread, `thread` of the pool.
  func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView)
  /// Overwrites `latent` (d) with a network's; with NaN where there is none.
  func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest)
  /// Overwrites `weights` (D) with the network of `latent` (d), where latents can be mapped.
  func generate(from latent: FloatView, thread: Int, into weights: FloatView)
  /// Overwrites `statistics` (target.statisticCount) with those of a network's normalizations and returns true, where
  /// they are known without a measurement.
  func fillStatistics(_ statistics: FloatView, _ network: Int) -> Bool
}

extension NetworkSource {
  public var networkCount: Int? { nil }
  public var latentSize: Int? { nil }
  public var mapsLatents: Bool { false }
  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    latent.fill(.nan)
  }
  public func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    preconditionFailure("NetworkSource: these networks come from no latents")
  }
  public func fillStatistics(_ statistics: FloatView, _ network: Int) -> Bool { false }
}
