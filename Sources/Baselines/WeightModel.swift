// Networks whose weights are made of trained numbers and noise.

import Numerics
import Optimizers

/// A distribution of weight vectors with parameters: a latent, numbers of a known distribution, is mapped to a network, and a penalty keeps the
/// distribution near a prior. What it computes with is in views that the caller brings; nothing is allocated. Any thread may call it.
public protocol WeightModel: Sendable {
  /// All that is trained; first those that networks are made of.
  var layout: ParameterLayout { get }
  /// How many of the parameters networks are made of.
  var generatingCount: Int { get }
  /// Numbers of a latent, and of the noise of a ``penalty(_:_:scratch:into:)``.
  var latentSize: Int { get }
  var penaltyNoiseSize: Int { get }
  /// Numbers of room that a thread needs.
  var scratchCount: Int { get }
  /// How gradients of its training are cut; nil: not at all.
  var clipping: GradientClipping? { get }
  /// Multiply-adds times two of the matrix products with which a network is made, and of those of a penalty.
  var flopsPerNetwork: Double { get }
  var flopsPerPenalty: Double { get }

  /// Overwrites `values` (the layout's) with those of step 0: a function of `seed`.
  func initialize(_ values: FloatView, seed: UInt64)
  /// Overwrites `latent` with the one that is a function of `random`.
  func fillLatent(_ latent: FloatView, _ random: CounterRandom)
  func fillPenaltyNoise(_ noise: FloatView, _ random: CounterRandom)

  /// Overwrites `weights` (D) with the network of `latent`, and `scratch` with what the way back needs.
  func generate(
    _ weights: FloatView, from latent: FloatView, _ values: FloatView, scratch: FloatView)
  /// Overwrites `gradient` (generatingCount) with that of a loss, from its gradient with respect to the weights, `weightGradient` (D, read), after
  /// ``generate(_:from:_:scratch:)`` with the same latent and scratch.
  func backward(
    _ weightGradient: FloatView, latent: FloatView, _ values: FloatView, scratch: FloatView,
    into gradient: FloatView)
  /// An estimate, in nats, of the Kullback-Leibler divergence from the prior, from one draw of noise; overwrites `gradient` (the layout's) with its
  /// gradient.
  func penalty(
    _ noise: FloatView, _ values: FloatView, scratch: FloatView, into gradient: FloatView
  ) -> Double
}

extension WeightModel {
  public var clipping: GradientClipping? { nil }
}
