// Latents, and networks made of them.

import Numerics

extension EnsembleEvaluator {
  /// Overwrites `weights` (D) with the network of `latent` (d); on the calling thread, `thread` of the
  /// pool.
  public func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    networks.generate(from: latent, thread: thread, into: weights)
  }

  /// Overwrites `latent` (d) with that of one network of a request.
  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    networks.fillLatent(latent, network, request)
  }

  /// Overwrites `weights` (D) with one network; on the calling thread, `thread` of the pool.
  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    networks.generate(network, request, thread: thread, into: weights)
  }

  /// The networks of a request, made one by one when they are asked for.
  func generated(_ request: EvaluationRequest) -> GeneratedNetworks {
    GeneratedNetworks(count: request.networkCount, weightCount: target.weightCount) {
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
    let all = SharedBuffer<Float>(count: own.count * target.weightCount)
    _ = NetworkBlock(own, of: generated(request), in: all, pool: pool)
    return all
  }

  /// All networks of a request on every rank, (networks, D). Collective.
  public func generateAll(_ request: EvaluationRequest) throws -> SharedBuffer<Float> {
    let own = generateOwn(request)
    let all = SharedBuffer<Float>(count: request.networkCount * target.weightCount)
    try gather(own.view, count: request.networkCount, into: all.view)
    return all
  }

  /// The latents of some of a request's networks, (those networks, d).
  public func latents(of numbers: Range<Int>, _ request: EvaluationRequest) -> SharedBuffer<Float> {
    let size = networks.latentSize ?? 1
    let latents = SharedBuffer<Float>(count: numbers.count * size)
    for (index, number) in numbers.enumerated() {
      fillLatent(latents.view.slice(index * size, size), number, request)
    }
    return latents
  }
}
