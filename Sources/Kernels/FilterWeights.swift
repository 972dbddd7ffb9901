// Filters between the flat weight vector and the layouts oneDNN computes in.

import CDNNL
import TensorCore

/// Shape of a layer's filters. In the flat vector each is its kernel followed by its bias, or by the scale
/// and shift of the normalization behind the layer.
public struct FilterShape: Sendable, Equatable {
  public var filterCount: Int
  /// (in, kH, kW), or (in) where the layer's source has no rows and columns.
  public var kernelShape: [Int]
  /// Whether a normalization follows, so that there is no bias.
  public var isNormalized: Bool

  public init(filterCount: Int, kernelShape: [Int], isNormalized: Bool = false) {
    self.filterCount = filterCount
    self.kernelShape = kernelShape
    self.isNormalized = isNormalized
  }

  public var kernelCount: Int { kernelShape.reduce(1, *) }
  /// Elements of a filter in the flat vector.
  public var filterSize: Int { kernelCount + (isNormalized ? 2 : 1) }
  /// Elements of all filters in the flat vector.
  public var count: Int { filterCount * filterSize }

  var shape: [Int] { [filterCount] + kernelShape }

  /// The kernel of a filter within the flat vector.
  func kernel(_ filter: Int) -> Range<Int> {
    filter * filterSize..<filter * filterSize + kernelCount
  }
}

/// A layer's weights, in every layout that one of its primitives reads.
///
/// The primitives may see more filters and input channels than there are (`tensorShape`): the others are
/// zero, and lie behind the real ones.
public final class FilterWeights {
  public let shape: FilterShape
  let tensorShape: [Int]
  /// None where a normalization follows.
  let bias: Tensor?
  /// The kernels, row-major.
  private let plain: Tensor
  private let context: KernelContext
  private var copies: [(tensor: Tensor, reorder: Primitive)] = []

  init(_ shape: FilterShape, tensorShape: [Int]? = nil, context: KernelContext)
    throws(KernelError)
  {
    self.shape = shape
    self.tensorShape = tensorShape ?? shape.shape
    self.context = context
    bias =
      shape.isNormalized ? nil : try Tensor(.plain([self.tensorShape[0]]), context: context)
    plain = try Tensor(.plain(self.tensorShape), context: context)
  }

  /// The kernels in this layout; ``load(_:)`` fills them.
  func kernels(in descriptor: TensorDescriptor) throws(KernelError) -> Tensor {
    if let copy = copies.first(where: { $0.tensor.descriptor == descriptor }) {
      return copy.tensor
    }
    let tensor = try Tensor(descriptor, context: context)
    let description = try PrimitiveDescription(
      reorder: plain.descriptor, to: descriptor, context: context)
    let reorder = try Primitive(
      description, context: context, [DNNL_ARG_FROM: plain, DNNL_ARG_TO: tensor])
    copies.append((tensor, reorder))
    return tensor
  }

  /// Takes the layer's weights from its part of the flat vector: `block` is read.
  public func load(_ block: FloatView) {
    precondition(block.count == shape.count, "FilterWeights: \(block.count) of \(shape.count)")
    let stride = plain.values.count / tensorShape[0]
    for filter in 0..<shape.filterCount {
      plain.values.slice(filter * stride, shape.kernelCount)
        .copy(from: block.slice(shape.kernel(filter)))
      bias?.values[filter] = block[filter * shape.filterSize + shape.kernelCount]
    }
    for copy in copies { copy.reorder.execute() }
  }
}

/// A layer's weight gradients: of one slice of images, and the sum over the slices so far.
public final class FilterGradients {
  public let shape: FilterShape
  private let tensorShape: [Int]
  private let context: KernelContext
  private let plain: Tensor
  private var slice: (kernels: Tensor, bias: Tensor?)?
  private var sum: (kernels: Tensor, bias: Tensor?)?
  private var reorder: Primitive?

  /// Of the filters in `weights`.
  public init(_ weights: FilterWeights, context: KernelContext) throws(KernelError) {
    shape = weights.shape
    tensorShape = weights.tensorShape
    self.context = context
    plain = try Tensor(.plain(tensorShape), context: context)
  }

  /// Where the layer's backward primitive writes the gradient of one slice of images.
  func makeSlice(in descriptor: TensorDescriptor) throws(KernelError) -> (
    kernels: Tensor, bias: Tensor?
  ) {
    func make() throws(KernelError) -> (kernels: Tensor, bias: Tensor?) {
      (
        try Tensor(descriptor, context: context),
        shape.isNormalized ? nil : try Tensor(.plain([tensorShape[0]]), context: context)
      )
    }
    let made = try make()
    let total = try make()
    let description = try PrimitiveDescription(
      reorder: descriptor, to: plain.descriptor, context: context)
    reorder = try Primitive(
      description, context: context, [DNNL_ARG_FROM: total.kernels, DNNL_ARG_TO: plain])
    slice = made
    sum = total
    return made
  }

  /// Overwrites the sum with the slice's gradient, or adds it.
  public func collect(isFirst: Bool) {
    guard let slice, let sum else { return }
    Self.collect(slice.kernels, into: sum.kernels, isFirst: isFirst)
    if let part = slice.bias, let total = sum.bias {
      Self.collect(part, into: total, isFirst: isFirst)
    }
  }

  private static func collect(_ part: Tensor, into total: Tensor, isFirst: Bool) {
    if isFirst {
      total.values.copy(from: part.values)
    } else {
      VectorMath.add(part.values, times: 1, to: total.values)
    }
  }

  /// Overwrites kernels and biases of the layer's part of the flat gradient with the sum.
  public func store(_ block: FloatView) {
    precondition(block.count == shape.count, "FilterGradients: \(block.count) of \(shape.count)")
    guard let sum, let reorder else { return }
    reorder.execute()
    let stride = plain.values.count / tensorShape[0]
    for filter in 0..<shape.filterCount {
      block.slice(shape.kernel(filter))
        .copy(from: plain.values.slice(filter * stride, shape.kernelCount))
      if let bias = sum.bias {
        block[filter * shape.filterSize + shape.kernelCount] = bias.values[filter]
      }
    }
  }
}
