// Gradients of filters, from the layouts they are computed in to the flat gradient.

import Numerics

/// A layer's weight gradients: of one slice of images, and the sum over the slices so far.
public final class FilterGradients {
  /// Kernels in their pass' layout, and biases, none where a normalization follows.
  struct Parts {
    let kernels: FloatView
    let bias: FloatView?
  }

  public let shape: FilterShape
  private let tensorShape: [Int]
  private var buffers: [SharedBuffer<Float>] = []
  private var slice: Parts?
  private var sum: Parts?
  private var layout: (any KernelGradients)?

  /// Of the filters in `weights`.
  public init(_ weights: FilterWeights) {
    shape = weights.shape
    tensorShape = weights.tensorShape
  }

  /// Where the layer's weight pass writes the gradient of one slice of images; the same for all passes that are made alike.
  func makeParts(kernelCount: Int) -> Parts {
    if let slice {
      precondition(
        slice.kernels.count == kernelCount,
        "FilterGradients: \(kernelCount) numbers in the place of \(slice.kernels.count)")
      return slice
    }
    let made = makeMoreParts(kernelCount: kernelCount)
    slice = made
    sum = makeMoreParts(kernelCount: kernelCount)
    return made
  }

  /// Where a pass writes the gradient of some images of a slice, which it adds to the slice's.
  func makeMoreParts(kernelCount: Int) -> Parts {
    let kernels = SharedBuffer<Float>(count: kernelCount)
    buffers.append(kernels)
    guard !shape.isNormalized else { return Parts(kernels: kernels.view, bias: nil) }
    let bias = SharedBuffer<Float>(count: tensorShape[0])
    buffers.append(bias)
    return Parts(kernels: kernels.view, bias: bias.view)
  }

  /// From now on kernels lie as `layout` has it.
  func take(from layout: any KernelGradients) { self.layout = layout }

  /// Overwrites the sum with the slice's gradient, or adds it.
  public func collect(isFirst: Bool) {
    guard let slice, let sum else { return }
    Self.collect(slice.kernels, into: sum.kernels, isFirst: isFirst)
    if let part = slice.bias, let total = sum.bias {
      Self.collect(part, into: total, isFirst: isFirst)
    }
  }

  private static func collect(_ part: FloatView, into total: FloatView, isFirst: Bool) {
    if isFirst {
      total.copy(from: part)
    } else {
      VectorMath.add(part, times: 1, to: total)
    }
  }

  /// Whether ``store(_:member:)`` may run on the lead of a team only.
  public var isOfLibrary: Bool { layout?.isOfLibrary ?? false }

  /// Overwrites kernels and biases of the layer's part of the flat gradient with the sum. On one member of a team.
  public func store(_ block: FloatView, member: Int = 0) {
    precondition(block.count == shape.count, "FilterGradients: \(block.count) of \(shape.count)")
    guard let sum, let layout else { return }
    layout.storeKernels(sum.kernels, shape, into: block, member: member)
    guard let bias = sum.bias else { return }
    for filter in 0..<shape.filterCount {
      block[filter * shape.filterSize + shape.kernelCount] = bias[filter]
    }
  }
}
