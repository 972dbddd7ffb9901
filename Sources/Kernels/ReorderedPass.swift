// A pass in other layouts than those of the tensors around it.

import TensorCore

/// A pass between changes of layout.
final class ReorderedPass: OperatorPass {
  private let pass: Primitive
  private let before: [Primitive]
  private let behind: Primitive?

  init(_ pass: Primitive, before: [Primitive?], behind: Primitive?) {
    self.pass = pass
    self.before = before.compactMap { $0 }
    self.behind = behind
  }

  var implementation: String { pass.implementation }

  func execute() {
    for reorder in before { reorder.execute() }
    pass.execute()
    behind?.execute()
  }
}

extension Tensor {
  /// A tensor in another layout and the pass that fills it from this one; this one itself, if it lies so.
  func reordered(to descriptor: TensorDescriptor, context: KernelContext) throws(KernelError) -> (
    tensor: Tensor, pass: Primitive?
  ) {
    guard descriptor != self.descriptor else { return (self, nil) }
    let tensor = try Tensor(descriptor, context: context)
    return (tensor, try Primitive(reorder: self, to: tensor, context: context))
  }

  /// A tensor in another layout and the pass that fills this one from it; this one itself, if it lies so.
  func staged(in descriptor: TensorDescriptor, context: KernelContext) throws(KernelError) -> (
    tensor: Tensor, pass: Primitive?
  ) {
    guard descriptor != self.descriptor else { return (self, nil) }
    let tensor = try Tensor(descriptor, context: context)
    return (tensor, try Primitive(reorder: tensor, to: self, context: context))
  }
}
