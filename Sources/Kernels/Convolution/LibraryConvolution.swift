// The passes of a convolution as oneDNN's primitives.

import CDNNL
import Numerics

/// A pass of a convolution that oneDNN can do.
protocol LibraryConvolution {
  var problem: ConvolutionProblem { get }
  /// The source or its gradient, the output or its gradient.
  var tensors: (source: Tensor, output: Tensor) { get }
  /// Runs of images that a pass may be cut into, `images` in all. A number that this fixes, and no thread, since sums over images are made of
  /// the runs' sums.
  static func runCount(images: Int) -> Int
  /// What is to be done with the runs' results, where they are not images' own.
  var behind: (any OperatorPass)? { get }

  /// Whose code oneDNN would run on tensors laid out so, or in layouts of its choice where they are `any`.
  func describe(source: TensorDescriptor, output: TensorDescriptor) throws(KernelError)
    -> PrimitiveDescription

  /// On tensors that lie as `description` has them, of all images or of one of the runs.
  func makePrimitive(
    _ description: PrimitiveDescription, source: Tensor, output: Tensor, run: Int
  ) throws(KernelError) -> Primitive

  /// The pass, with changes of layout and type where `description` wants other tensors than there are.
  func make(_ description: PrimitiveDescription) throws(KernelError) -> any OperatorPass
}

extension LibraryConvolution {
  /// In the layouts at hand, on the elements that products are made of.
  fileprivate func describeAtHand() throws(KernelError) -> PrimitiveDescription {
    try describe(
      source: tensors.source.descriptor.holding(problem.factors),
      output: tensors.output.descriptor.holding(problem.factors))
  }

  /// On the tensors at hand, in runs of images.
  fileprivate func makeAtHand() throws(KernelError) -> any OperatorPass {
    let (source, output) = tensors
    guard source.elementType == problem.factors && output.elementType == problem.factors else {
      return try make(describeAtHand())
    }
    let images = source.shape[0]
    let runs = Self.runCount(images: images)
    var pieces: [Primitive] = []
    for run in 0..<runs {
      let range = (0..<images).part(run, of: runs)
      let part = (
        source: try Tensor(range, of: source, context: problem.context),
        output: try Tensor(range, of: output, context: problem.context)
      )
      let description = try describe(
        source: part.source.descriptor, output: part.output.descriptor)
      pieces.append(
        try makePrimitive(description, source: part.source, output: part.output, run: run))
    }
    return LibraryPass(pieces, behind: behind, context: problem.context)
  }

  /// Of passes whose images' results are their own.
  static func runCount(images: Int) -> Int { min(images, 16) }
  var behind: (any OperatorPass)? { nil }

  /// In the layouts that oneDNN likes best.
  fileprivate func describeAnywhere() throws(KernelError) -> PrimitiveDescription {
    try describe(source: .any(problem.source.shape), output: .any(problem.outputShape))
  }

  /// In the layouts at hand, whatever it costs.
  fileprivate func describeReference() throws(KernelError) -> PrimitiveDescription {
    try describe(
      source: tensors.source.descriptor.widened, output: tensors.output.descriptor.widened)
  }
}

extension ConvolutionProblem {
  /// oneDNN's forward pass, which its backward passes also want to see.
  func describeForward(source: TensorDescriptor, output: TensorDescriptor, rectified: Bool = false)
    throws(KernelError) -> PrimitiveDescription
  {
    let name = "convolution forward \(self.name)"
    var operation = dnnl_convolution_desc_t()
    var descriptors = (source.raw, anyKernels(source.elementType).raw, output.raw)
    try check(
      withPointer(to: weights.bias?.descriptor.raw) { bias in
        dnnl_convolution_forward_desc_init(
          &operation, dnnl_forward_training, dnnl_convolution_direct, &descriptors.0,
          &descriptors.1, bias, &descriptors.2, geometry.stride.dims, geometry.paddingBefore.dims,
          geometry.paddingBehind.dims)
      }, name)
    return try PrimitiveDescription(name, operation, context: context, rectified: rectified)
  }
}

extension Candidate where Task: LibraryConvolution, Made == any OperatorPass {
  /// oneDNN in the layouts at hand.
  static var library: Self {
    Self(
      name: "oneDNN", condition: "where it has fast code for tensors as they lie",
      applies: { task throws(KernelError) in
        try PrimitiveDescription.isFast { () throws(KernelError) in try task.describeAtHand() }
      },
      make: { task throws(KernelError) in try task.makeAtHand() })
  }

  /// oneDNN in layouts it chooses, and a change of layout before and behind (``ReorderedPass``).
  static var reordered: Self {
    Self(
      name: "oneDNN reordered", condition: "where it has fast code for other layouts, of Float",
      applies: { task throws(KernelError) in
        try PrimitiveDescription.isFast { () throws(KernelError) in try task.describeAnywhere() }
      },
      make: { task throws(KernelError) in try task.make(task.describeAnywhere()) })
  }

  /// oneDNN's general code.
  static var reference: Self {
    Self(
      name: "oneDNN reference", condition: "always; hundreds of times slower",
      applies: { _ in true },
      make: { task throws(KernelError) in try task.make(task.describeReference()) })
  }
}
