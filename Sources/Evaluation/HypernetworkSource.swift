// A hypernetwork as a source of networks.

import Hypernetworks
import Numerics
import TargetNetworks

/// The networks that a hypernetwork generates, as many as are asked for, with running averages in its batch
/// normalizations. It follows the parameters as they change.
public final class HypernetworkSource: NetworkSource {
  private let layout: HypernetworkLayout
  private let samplers: [WeightSampler]
  /// Of each thread.
  private let latents: [SharedBuffer<Float>]

  public init(parameters: HypernetworkParameters, gauge: Gauge, threadCount: Int) {
    let layout = parameters.layout
    self.layout = layout
    samplers = (0..<threadCount).map { _ in
      WeightSampler(parameters: parameters, fixesGauge: gauge)
    }
    latents = samplers.map { _ in SharedBuffer(count: layout.latentSize) }
  }

  public var target: TargetArchitecture { layout.target }
  public var latentSize: Int? { layout.latentSize }
  public var mapsLatents: Bool { true }

  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    Latents(architecture: layout.architecture, seed: request.seed)
      .fill(latent, purpose: request.purpose, sample: network)
  }

  public func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    samplers[thread].generate(from: latent, into: weights)
  }

  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    let z = latents[thread].view
    fillLatent(z, network, request)
    generate(from: z, thread: thread, into: weights)
  }
}
