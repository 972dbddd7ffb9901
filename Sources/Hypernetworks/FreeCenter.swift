// What generated weights lie around: ordinary parameters.

import Numerics

/// raw(z) = center(z) + delta(z): the part of the weights, before the gauge is fixed, that no weight generator yields
/// (Ortiz, Guttag and Dalca 2024 call the sum an additive parametrization).
///
/// center(z) is one vector of D free numbers for all networks, or, under a prior with modes, sum_k a_k(z) c_k, one vector
/// c_k for each mode, where a_k is the latent's coordinate of mode k in units of the modes' own: 1 of the mode a latent
/// belongs to and 0 of the others; between modes, on a path between latents, the mixture.
package struct FreeCenter: Sendable {
  /// (centres, D)
  package let values: FloatView
  package let weightCount: Int
  /// What a mode's own coordinate is divided by; nil where one centre serves all.
  package let modeCoordinate: Float?

  package var count: Int { values.count / weightCount }

  /// Nil where the hypernetwork has no centre.
  package init?(_ parameters: HypernetworkParameters) {
    let layout = parameters.layout
    guard let entry = layout.center else { return nil }
    values = parameters.values.slice(entry.range)
    weightCount = layout.weightCount
    modeCoordinate =
      layout.architecture.modeCenters ? layout.architecture.modeCoordinate : nil
  }

  /// a_k of a latent (d).
  func coefficient(_ index: Int, of latent: FloatView) -> Float {
    modeCoordinate.map { latent[index] / $0 } ?? 1
  }

  /// Adds center(z) of a latent (d) to `weights` (D). Cost: 2 D FLOPs for each coefficient that is not 0.
  func add(of latent: FloatView, to weights: FloatView) {
    for index in 0..<count {
      let coefficient = coefficient(index, of: latent)
      guard coefficient != 0 else { continue }
      VectorMath.add(
        values.slice(index * weightCount, weightCount), times: coefficient, to: weights)
    }
  }
}
