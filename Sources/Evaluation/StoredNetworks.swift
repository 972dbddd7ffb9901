// Networks that are there already, in memory.

import Numerics
import TargetNetworks

/// A fixed number of networks with their normalizations' statistics, such as those of a sample file.
public final class StoredNetworks: NetworkSource {
  public let target: TargetArchitecture
  public let latentSize: Int?
  private let count: Int
  /// (networks, d), (networks, D) and (networks, statisticCount).
  private let latents: SharedBuffer<Float>?
  private let weights: SharedBuffer<Float>
  private let statistics: SharedBuffer<Float>

  /// `weights` (networks, D), `statistics` (networks, target.statisticCount) and, where the networks come from any, `latents`
  /// (networks, d).
  public init(
    target: TargetArchitecture, weights: SharedBuffer<Float>, statistics: SharedBuffer<Float>,
    latents: SharedBuffer<Float>?
  ) {
    let count = weights.view.count / target.weightCount
    precondition(
      count > 0 && weights.view.count == count * target.weightCount
        && statistics.view.count == count * target.statisticCount
        && (latents?.view.count ?? 0) % count == 0,
      "StoredNetworks: \(weights.view.count) weights, \(statistics.view.count) statistics, "
        + "\(latents?.view.count ?? 0) latent numbers for networks of \(target.weightCount) weights"
    )
    self.target = target
    self.count = count
    self.weights = weights
    self.statistics = statistics
    self.latents = latents
    latentSize = latents.map { $0.view.count / count }
  }

  public var networkCount: Int? { count }

  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    weights.copy(from: self.weights.view.slice(network * weights.count, weights.count))
  }

  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    guard let latents else { return latent.fill(.nan) }
    latent.copy(from: latents.view.slice(network * latent.count, latent.count))
  }

  public func fillStatistics(_ statistics: FloatView, _ network: Int) -> Bool {
    let size = target.statisticCount
    statistics.copy(from: self.statistics.view.slice(network * size, size))
    return true
  }
}
