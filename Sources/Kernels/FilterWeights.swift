// Filters between the flat weight vector and the layouts oneDNN computes in.

import CDNNL
import TensorCore

/// Shape of a layer's filters; in the flat vector each is its kernel followed by its bias.
public struct FilterShape: Sendable, Equatable {
  public var filterCount: Int
  /// (in, kH, kW), or (in) where the layer's source has no rows and columns.
  public var kernelShape: [Int]

  public init(filterCount: Int, kernelShape: [Int]) {
    self.filterCount = filterCount
    self.kernelShape = kernelShape
  }

  public var kernelCount: Int { kernelShape.reduce(1, *) }
  /// Elements of all filters in the flat vector.
  public var count: Int { filterCount * (kernelCount + 1) }

  var shape: [Int] { [filterCount] + kernelShape }

  /// The kernels alone, as they lie between the biases of the flat vector.
  var interleaved: TensorDescriptor {
    var strides = [1]
    for length in kernelShape.dropFirst().reversed() { strides.insert(strides[0] * length, at: 0) }
    return .strided(shape, strides: [kernelCount + 1] + strides)
  }
}

/// A layer's weights, in every layout that one of its primitives reads.
public final class FilterWeights {
  public let shape: FilterShape
  let bias: Tensor
  private let flat: Tensor
  private let context: KernelContext
  private var copies: [(tensor: Tensor, reorder: Primitive)] = []

  init(_ shape: FilterShape, context: KernelContext) throws(KernelError) {
    self.shape = shape
    self.context = context
    bias = try Tensor(.plain([shape.filterCount]), context: context)
    flat = try Tensor(external: shape.interleaved, context: context)
  }

  /// The kernels in this layout; ``load(_:)`` fills them.
  func kernels(in descriptor: TensorDescriptor) throws(KernelError) -> Tensor {
    if let copy = copies.first(where: { $0.tensor.descriptor == descriptor }) {
      return copy.tensor
    }
    let tensor = try Tensor(descriptor, context: context)
    let description = try PrimitiveDescription(
      reorder: flat.descriptor, to: descriptor, context: context)
    let reorder = try Primitive(
      description, context: context, [DNNL_ARG_FROM: flat, DNNL_ARG_TO: tensor])
    copies.append((tensor, reorder))
    return tensor
  }

  /// Takes the layer's weights from its part of the flat vector: `block` is read.
  public func load(_ block: FloatView) {
    precondition(block.count == shape.count, "FilterWeights: \(block.count) of \(shape.count)")
    flat.bind(block)
    for copy in copies { copy.reorder.execute() }
    let (stride, kernelCount) = (shape.kernelCount + 1, shape.kernelCount)
    for filter in 0..<shape.filterCount {
      bias.values[filter] = block[filter * stride + kernelCount]
    }
  }
}

/// A layer's weight gradients: of one slice of images, and the sum over the slices so far.
public final class FilterGradients {
  public let shape: FilterShape
  private let context: KernelContext
  private let flat: Tensor
  private var slice: (kernels: Tensor, bias: Tensor)?
  private var sum: (kernels: Tensor, bias: Tensor)?
  private var reorder: Primitive?

  public init(_ shape: FilterShape, context: KernelContext) throws(KernelError) {
    self.shape = shape
    self.context = context
    flat = try Tensor(external: shape.interleaved, context: context)
  }

  /// Where the layer's backward primitive writes the gradient of one slice of images.
  func makeSlice(in descriptor: TensorDescriptor) throws(KernelError) -> (
    kernels: Tensor, bias: Tensor
  ) {
    let bias = TensorDescriptor.plain([shape.filterCount])
    let made = (
      kernels: try Tensor(descriptor, context: context), bias: try Tensor(bias, context: context)
    )
    let total = (
      kernels: try Tensor(descriptor, context: context), bias: try Tensor(bias, context: context)
    )
    let description = try PrimitiveDescription(
      reorder: descriptor, to: flat.descriptor, context: context)
    reorder = try Primitive(
      description, context: context, [DNNL_ARG_FROM: total.kernels, DNNL_ARG_TO: flat])
    slice = made
    sum = total
    return made
  }

  /// Overwrites the sum with the slice's gradient, or adds it.
  public func collect(isFirst: Bool) {
    guard let slice, let sum else { return }
    if isFirst {
      sum.kernels.values.copy(from: slice.kernels.values)
      sum.bias.values.copy(from: slice.bias.values)
    } else {
      VectorMath.add(slice.kernels.values, times: 1, to: sum.kernels.values)
      VectorMath.add(slice.bias.values, times: 1, to: sum.bias.values)
    }
  }

  /// Overwrites the layer's part of the flat gradient with the sum.
  public func store(_ block: FloatView) {
    precondition(block.count == shape.count, "FilterGradients: \(block.count) of \(shape.count)")
    guard let sum, let reorder else { return }
    flat.bind(block)
    reorder.execute()
    let (stride, kernelCount) = (shape.kernelCount + 1, shape.kernelCount)
    for filter in 0..<shape.filterCount {
      block[filter * stride + kernelCount] = sum.bias.values[filter]
    }
  }
}
