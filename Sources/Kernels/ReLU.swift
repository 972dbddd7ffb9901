// The rectifier where it cannot be fused into the operator before it.

/// y = max(x, 0). Cost: one read and one write of the tensor.
public final class ReLU: NetworkOperator {
  public let output: Tensor
  public var isRectified: Bool { true }
  private let source: Tensor
  private var outputGradient: Tensor?
  private var sourceGradient: Tensor?

  public init(source: Tensor, context: KernelContext) throws(KernelError) {
    self.source = source
    output = try Tensor(source.descriptor, context: context)
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) {
    self.outputGradient = outputGradient
    self.sourceGradient = sourceGradient
  }

  public func forward() { Elementwise.rectify(source, into: output) }

  public func backward() {
    guard let outputGradient, let sourceGradient else { return }
    Elementwise.rectifyGradient(outputGradient, output: output, into: sourceGradient)
  }
}
