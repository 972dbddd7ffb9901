// Networks of a file, and the distribution that they were drawn from.

import Evaluation
import Numerics
import TargetNetworks

/// Networks that are there already, whose latents can be mapped to others.
final class DrawnSamples: NetworkSource {
  private let stored: StoredNetworks
  private let distribution: any NetworkSource

  init(stored: StoredNetworks, distribution: any NetworkSource) {
    self.stored = stored
    self.distribution = distribution
  }

  var target: TargetArchitecture { stored.target }
  var latentSize: Int? { stored.latentSize }
  var networkCount: Int? { stored.networkCount }
  var mapsLatents: Bool { distribution.mapsLatents }

  func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    stored.generate(network, request, thread: thread, into: weights)
  }

  func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    stored.fillLatent(latent, network, request)
  }

  func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    distribution.generate(from: latent, thread: thread, into: weights)
  }

  func fillStatistics(_ statistics: FloatView, _ network: Int) -> Bool {
    stored.fillStatistics(statistics, network)
  }
}
