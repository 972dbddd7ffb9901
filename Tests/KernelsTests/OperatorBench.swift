// Runs one operator forward and backward on numbers in row-major order.

import Kernels
import NaiveReference
import Numerics
import Testing

/// An operator with its source and gradients, in whatever layouts it wants.
struct OperatorBench {
  /// How the source lies in memory.
  enum Layout: Sendable, CaseIterable { case plain, blocked, lanes }

  let context: KernelContext
  let source: Tensor
  private let channels: Int

  /// - Parameter isFilled: whether zero channels fill the source's last block of sixteen.
  init(
    _ x: NaiveImages, _ layout: Layout, _ type: ElementType = .float32, isFilled: Bool = false
  ) throws {
    context = try KernelContext()
    channels = x.shape.channels
    let shape = [
      x.count, isFilled ? (channels + 15) / 16 * 16 : channels, x.shape.height, x.shape.width,
    ]
    let descriptor: TensorDescriptor =
      switch layout {
      case .plain: .plain(shape)
      case .blocked: .blocked16(shape, type)
      case .lanes: .lanes16(shape, type)
      }
    source = try Tensor(descriptor, context: context)
    source.fill(rowMajor: x.values, channels: channels)
  }

  /// Overwrites the operator's output and gradients; returns them in row-major order, the weights' as
  /// they lie in the flat vector.
  ///
  /// - Parameter outputChannels: those of the output that count. Default: all.
  func run(
    _ made: any NetworkOperator, weights: [Double] = [], outputGradient: [Double],
    outputChannels: Int? = nil
  ) throws -> (output: [Double], source: [Double], weights: [Double]) {
    let flat = SharedBuffer<Float>(count: weights.count)
    let weighted = made as? any WeightedOperator
    if let weighted {
      weighted.weightGradients = FilterGradients(weighted.weights)
    }
    let gradient = try Tensor(made.output.descriptor, context: context)
    let sourceGradient = try Tensor(source.descriptor, context: context)
    try made.prepareBackward(outputGradient: gradient, sourceGradient: sourceGradient)
    context.allocateScratchpad()

    flat.view.copy(from: weights)
    weighted?.weights.load(flat.view)
    flat.view.fill(.nan)
    sourceGradient.fill(
      rowMajor: Array(repeating: .nan, count: sourceGradient.shape.reduce(1, *)))
    made.forward()
    let output = made.output.rowMajor(channels: outputChannels)
    gradient.fill(rowMajor: outputGradient, channels: outputChannels)
    made.backward()
    weighted?.weightGradients?.collect(isFirst: true)
    weighted?.weightGradients?.store(flat.view)
    return (output, sourceGradient.rowMajor(channels: channels), flat.view.doubles)
  }
}
