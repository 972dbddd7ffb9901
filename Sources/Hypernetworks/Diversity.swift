// The choices of objective.diversity.

/// The diversity term of the objective.
public enum Diversity: String, Sendable, Equatable, CaseIterable {
  /// Minus the Kozachenko-Leonenko entropy estimate of the weight vectors.
  case entropy
  /// Minus that estimate of the networks' probabilities on shared images (eq. 3 of the paper), of all networks or by committee.
  case outputEntropy = "output-entropy"
  /// The cross-entropy of the networks' mean probability on shared images, of all networks or by committee.
  case ensemble
  /// Minus the mean over weights of their variance over the minibatch.
  case variance
  case none
}
