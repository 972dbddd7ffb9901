// What an operator's forward and backward passes have in common.

/// One pass of an operator, its tensors bound.
protocol OperatorPass: AnyObject {
  /// Whose code it runs: oneDNN's name of its own, such as `jit:avx2`, or `by hand`; with `bf16` in it where it multiplies bfloat16.
  var implementation: String { get }

  /// Runs to completion on the calling thread.
  func execute()
}

extension OperatorPass {
  var implementation: String { "by hand" }
}

extension Primitive: OperatorPass {}

/// The implementations of those passes that have been made.
func implementationNames(of passes: (any OperatorPass)?...) -> [String] {
  passes.compactMap { $0?.implementation }
}
