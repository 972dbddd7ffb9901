// How large a step each part of a hypernetwork takes.

import Optimizers

/// The rule by which Adam's rate of a tensor follows from the learning rate.
///
/// Adam moves every number by about its rate, whatever the gradient's size, and in the first steps all inputs of a unit move
/// it the same way: an output of n inputs moves by n times the rate. With one rate for all, 400-wide layers jump where
/// 8-wide ones crawl (Yang et al., Tensor Programs V, 2022, Table 3: rates of hidden weights by 1 / n, of vectors by 1).
public enum StepSizes: String, Sendable, Equatable, CaseIterable {
  /// The learning rate for all.
  case uniform
  /// Of the weights of a layer with n inputs the learning rate times min(1, 8 / n); of scales, shifts and the free centre the
  /// learning rate.
  case width

  /// Inputs up to which a layer's weights take whole steps.
  private static let wholeStepWidth = 8

  /// The factors on the learning rate of all of a hypernetwork's parameters, none where all are 1 and nothing decays. `decay`
  /// is that of layers' weights and of the free centre; scales and shifts of the hypernetwork's normalizations do not decay.
  public func factors(_ layout: HypernetworkLayout, decay: Float = 0) -> [RateFactor] {
    guard self == .width || decay > 0 else { return [] }
    let perceptrons = [layout.extractor] + layout.generators
    let weights = Set(perceptrons.flatMap(\.weights).map(\.name))
    return layout.parameters.entries.map { entry in
      let isWeight = weights.contains(entry.name)
      let factor =
        self == .width && isWeight
        ? min(1, Float(Self.wholeStepWidth) / Float(entry.shape[1])) : 1
      let decays = isWeight || entry == layout.center
      return RateFactor(range: entry.range, factor: factor, decay: decays ? decay : 0)
    }
  }
}
