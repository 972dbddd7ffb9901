// What a thread needs to make a network of a distribution.

import Numerics
import TargetNetworks

/// A latent, the network made of it with its gradient, and scratch: one thread's.
public final class WeightModelRoom: Sendable {
  private let model: any WeightModel
  private let latents: SharedBuffer<Float>
  private let networks: SharedBuffer<Float>
  private let gradients: SharedBuffer<Float>
  private let noises: SharedBuffer<Float>
  private let scratches: SharedBuffer<Float>

  public init(_ model: any WeightModel, target: TargetArchitecture) {
    self.model = model
    latents = SharedBuffer(count: model.latentSize)
    networks = SharedBuffer(count: target.weightCount)
    gradients = SharedBuffer(count: target.weightCount)
    noises = SharedBuffer(count: model.penaltyNoiseSize)
    scratches = SharedBuffer(count: model.scratchCount)
  }

  public var latent: FloatView { latents.view }
  /// The network made last.
  public var weights: FloatView { networks.view }
  /// For the caller to fill before ``backward(_:into:)``.
  public var weightGradient: FloatView { gradients.view }

  /// Makes ``weights`` from the latent that is a function of `random`.
  public func generate(_ random: CounterRandom, _ values: FloatView) {
    model.fillLatent(latent, random)
    model.generate(weights, from: latent, values, scratch: scratches.view)
  }

  /// Overwrites `weights` (D) with the network of `latent`.
  public func generate(_ weights: FloatView, from latent: FloatView, _ values: FloatView) {
    model.generate(weights, from: latent, values, scratch: scratches.view)
  }

  /// Takes ``weightGradient`` of the network made last to the parameters: see ``WeightModel/backward(_:latent:_:scratch:into:)``.
  public func backward(_ values: FloatView, into gradient: FloatView) {
    model.backward(weightGradient, latent: latent, values, scratch: scratches.view, into: gradient)
  }

  /// The penalty by the noise that is a function of `random`: see ``WeightModel/penalty(_:_:scratch:into:)``.
  public func penalty(_ random: CounterRandom, _ values: FloatView, into gradient: FloatView)
    -> Double
  {
    model.fillPenaltyNoise(noises.view, random)
    return model.penalty(noises.view, values, scratch: scratches.view, into: gradient)
  }
}
