// The choices of objective.gauge.

/// Which symmetries of the target network are removed from its weights.
public enum Gauge: String, Sendable, Equatable, CaseIterable {
  case none
  /// The scale of filters where what is behind them commutes with it, and the mean of the logits' biases (``GaugeFixing``).
  case scale
  /// These, the sign of filters with tanh behind, and the order of a layer's filters (``PermutationGauge``).
  case scalePermutation = "scale-permutation"
}
