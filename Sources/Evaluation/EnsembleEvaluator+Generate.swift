// Latents, and networks made of them.

import Hypernetworks
import Numerics

extension EnsembleEvaluator {
  /// Overwrites `weights` (D) with the network of `latent` (d); on the calling thread, `thread` of the
  /// pool.
  public func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    samplers[thread].generate(from: latent, into: weights)
  }

  /// Overwrites `latent` (d) with that of one network of a request.
  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    Latents(architecture: parameters.layout.architecture, seed: request.seed)
      .fill(latent, purpose: request.purpose, sample: network)
  }

  /// Overwrites `weights` (D) with one generated network; on the calling thread, `thread` of the pool.
  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    let z = latent[thread].view
    fillLatent(z, network, request)
    generate(from: z, thread: thread, into: weights)
  }

  /// The networks of a request, made one by one when they are asked for.
  func generated(_ request: EvaluationRequest) -> GeneratedNetworks {
    GeneratedNetworks(count: request.networkCount, weightCount: parameters.layout.weightCount) {
      self.generate($0, request, thread: $1, into: $2)
    }
  }

  /// Calls `body` with each of this rank's networks of a request, its place among them and its weights (D),
  /// which are overwritten by the thread's next one. From any thread.
  public func forEachOwn(
    _ request: EvaluationRequest,
    _ body: @Sendable (_ index: Int, _ thread: Int, _ weights: FloatView) -> Void
  ) {
    let own = ownNetworks(request.networkCount)
    pool.forEach(own.count) { index, thread in
      let theta = weights[thread].view
      generate(own.lowerBound + index, request, thread: thread, into: theta)
      body(index, thread, theta)
    }
  }

  /// Generates this rank's networks of a request: (own networks, D).
  public func generateOwn(_ request: EvaluationRequest) -> SharedBuffer<Float> {
    let own = ownNetworks(request.networkCount)
    let all = SharedBuffer<Float>(count: own.count * parameters.layout.weightCount)
    _ = NetworkBlock(own, of: generated(request), in: all, pool: pool)
    return all
  }

  /// Generates all networks of a request on every rank: `latents` (networks, d) and `weights`
  /// (networks, D) are overwritten. Collective.
  public func generateAll(_ request: EvaluationRequest, latents: FloatView, weights: FloatView)
    throws
  {
    let own = generateOwn(request)
    try gather(own.view, count: request.networkCount, into: weights)
    let size = parameters.layout.latentSize
    for network in 0..<request.networkCount {
      fillLatent(latents.slice(network * size, size), network, request)
    }
  }
}
