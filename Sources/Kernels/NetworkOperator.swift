// What all operators of a network have in common.

/// One operator on tensors whose shapes are fixed. Its result and gradients are overwritten by each run.
public protocol NetworkOperator: AnyObject {
  var output: Tensor { get }

  /// Whose code each pass made so far runs: oneDNN's name of its own, `ref:any` being its slow general
  /// code, or `by hand`. Empty for operators whose code is never chosen.
  var implementations: [String] { get }

  /// Overwrites `output` from the source.
  func forward()

  /// Makes what ``backward()`` needs.
  ///
  /// - Parameters:
  ///   - outputGradient: laid out like `output`; read by ``backward()``, and destroyed by operators
  ///     whose ReLU is fused into them.
  ///   - sourceGradient: laid out like the source; overwritten by ``backward()``. `nil` where nobody
  ///     asks for it.
  func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError)

  /// From the gradient with respect to the output: that with respect to the source and weights.
  /// Must follow ``forward()`` on the same source.
  func backward()
}

extension NetworkOperator {
  public var implementations: [String] { [] }
}
