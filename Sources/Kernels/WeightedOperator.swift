// Operators that a network supplies with weights.

/// An operator with filters: kernels and biases.
public protocol WeightedOperator: NetworkOperator {
  var weights: FilterWeights { get }
  /// Made before ``prepareBackward(outputGradient:sourceGradient:)``; nil where nobody asks for them.
  var weightGradients: FilterGradients? { get set }
}
