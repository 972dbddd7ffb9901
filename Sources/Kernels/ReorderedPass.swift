// A pass in other layouts, or on elements of another type, than those of the tensors around it.

/// A pass between changes of layout and type.
final class ReorderedPass: OperatorPass {
  private let pass: Primitive
  private let before: [any OperatorPass]
  private let behind: [any OperatorPass]

  init(_ pass: Primitive, before: [any OperatorPass], behind: [any OperatorPass]) {
    self.pass = pass
    self.before = before
    self.behind = behind
  }

  var implementation: String { pass.implementation }

  func execute() {
    for change in before { change.execute() }
    pass.execute()
    for change in behind { change.execute() }
  }
}

extension Tensor {
  /// A tensor laid out as `descriptor` says, which is this one's or of `Float`, and the passes that fill it from this one; this
  /// one itself, if it lies so.
  func reordered(to descriptor: TensorDescriptor, context: KernelContext) throws(KernelError) -> (
    tensor: Tensor, passes: [any OperatorPass]
  ) {
    guard descriptor != self.descriptor else { return (self, []) }
    if elementType == .bfloat16 {
      let wide = try Tensor(self.descriptor.widened, context: context)
      let (tensor, passes) = try wide.reordered(to: descriptor, context: context)
      return (tensor, [ConversionPass(self, to: wide)] + passes)
    }
    let tensor = try Tensor(descriptor, context: context)
    return (tensor, [try Primitive(reorder: self, to: tensor, context: context)])
  }

  /// A tensor laid out as `descriptor` says, likewise, and the passes that fill this one from it; this one itself, if it
  /// lies so.
  func staged(in descriptor: TensorDescriptor, context: KernelContext) throws(KernelError) -> (
    tensor: Tensor, passes: [any OperatorPass]
  ) {
    guard descriptor != self.descriptor else { return (self, []) }
    if elementType == .bfloat16 {
      let wide = try Tensor(self.descriptor.widened, context: context)
      let (tensor, passes) = try wide.staged(in: descriptor, context: context)
      return (tensor, passes + [ConversionPass(wide, to: self)])
    }
    let tensor = try Tensor(descriptor, context: context)
    return (tensor, [try Primitive(reorder: tensor, to: self, context: context)])
  }
}
