// What all operators of a network have in common.

/// One operator on tensors whose shapes are fixed. Its result and gradients are overwritten by each run.
public protocol NetworkOperator: AnyObject {
  var output: Tensor { get }

  /// Whose code each pass made so far runs: oneDNN's name of its own, `ref:any` being its slow general
  /// code, or `by hand`. Empty for operators whose code is never chosen.
  var implementations: [String] { get }

  /// Whether the last thing done to `output` is ReLU.
  var isRectified: Bool { get }

  /// Whether the source's gradient may be written over the source, ReLU's gradient applied where the source is
  /// rectified: nothing else reads the source by then.
  var replacesSource: Bool { get }

  /// Whether the backward pass can do without the source, and only writes its gradient.
  var sparesSource: Bool { get }

  /// Whether the backward pass can do without `output` where the output's gradient is written over it, with ReLU's gradient
  /// applied if the output is rectified.
  var sparesOutput: Bool { get }

  /// Overwrites `output` from the source.
  func forward()

  /// Makes what ``backward()`` needs.
  ///
  /// - Parameters:
  ///   - outputGradient: laid out like `output`; read by ``backward()``, and destroyed by operators
  ///     whose ReLU is fused into them. It may be `output` itself where the operator ``sparesOutput``.
  ///   - sourceGradient: laid out like the source; overwritten by ``backward()``. `nil` where nobody
  ///     asks for it. It may be the source itself where the operator ``replacesSource``.
  func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError)

  /// From the gradient with respect to the output: that with respect to the source and weights.
  /// Must follow ``forward()`` on the same source.
  func backward()
}

extension NetworkOperator {
  public var implementations: [String] { [] }
  public var isRectified: Bool { false }
  public var replacesSource: Bool { false }
  public var sparesSource: Bool { false }
  public var sparesOutput: Bool { false }
}
