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

  /// The factors on the learning rate of all of a hypernetwork's parameters; none where all are 1.
  public func factors(_ layout: HypernetworkLayout) -> [RateFactor] {
    guard self == .width else { return [] }
    let weights = Set(([layout.extractor] + layout.generators).flatMap(\.weights).map(\.name))
    return layout.parameters.entries.map { entry in
      let factor =
        weights.contains(entry.name)
        ? min(1, Float(Self.wholeStepWidth) / Float(entry.shape[1])) : 1
      return RateFactor(range: entry.range, factor: factor)
    }
  }
}
