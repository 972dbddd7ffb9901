// From the layers of an architecture to operators with their tensors.

import Kernels
import TensorCore

/// The operators that run one slice of images through a target network, and back.
final class OperatorChain {
  /// What is computed backward.
  struct Gradients: OptionSet {
    let rawValue: Int
    static let weights = Gradients(rawValue: 1)
    /// With respect to the images.
    static let images = Gradients(rawValue: 2)
  }

  /// (image, channel, row, column), plain.
  let images: Tensor
  let imageGradient: Tensor?
  let logits: Tensor
  let logitGradient: Tensor?
  private let context: KernelContext
  private let operators: [any NetworkOperator]
  /// Operators with weights, each with its part of the flat weight vector.
  private let weighted: [(layer: any WeightedOperator, range: Range<Int>)]

  init(architecture: TargetArchitecture, imageCount: Int, gradients: Gradients)
    throws(KernelError)
  {
    let context = try KernelContext()
    self.context = context
    let input = architecture.input
    images = try Tensor(
      .plain([imageCount, input.channels, input.height, input.width]), context: context)
    var operators: [any NetworkOperator] = []
    var sources: [Tensor] = []
    var weighted: [(layer: any WeightedOperator, range: Range<Int>)] = []
    for step in Self.fuse(architecture.layers) {
      let last = operators.last
      let source = try Self.source(of: step.layer, last?.output ?? images, context)
      let made = try Self.makeOperator(step, source: source, behind: last, context: context)
      if let made = made as? any WeightedOperator {
        let block = architecture.blocks[weighted.count]
        if gradients.contains(.weights) {
          made.weightGradients = try FilterGradients(made.weights.shape, context: context)
        }
        weighted.append((made, block.range))
      }
      operators.append(made)
      sources.append(source)
    }
    self.operators = operators
    self.weighted = weighted
    logits = operators[operators.count - 1].output
    logitGradient = gradients.isEmpty ? nil : try Tensor(logits.descriptor, context: context)
    imageGradient =
      gradients.contains(.images) ? try Tensor(images.descriptor, context: context) : nil
    if let logitGradient {
      try Self.prepareBackward(
        operators, sources, logitGradient: logitGradient, imageGradient: imageGradient, context)
    }
    try context.allocateScratchpad()
  }

  // MARK: Making

  /// A layer and whether ReLU follows it at once.
  private struct Step {
    var layer: TargetLayer
    var rectified = false
  }

  /// Joins ReLU to the layer with weights before it. ReLU and max pooling commute, so one behind the
  /// pooling may be moved before it.
  private static func fuse(_ layers: [TargetLayer]) -> [Step] {
    var steps: [Step] = []
    for layer in layers {
      guard case .relu = layer,
        let target = steps.lastIndex(where: { if case .maxPool = $0.layer { false } else { true } })
      else {
        steps.append(Step(layer: layer))
        continue
      }
      switch steps[target].layer {
      case .convolution: steps[target].rectified = true
      case .fullyConnected where target == steps.count - 1: steps[target].rectified = true
      default: steps.append(Step(layer: layer))
      }
    }
    return steps
  }

  /// What a layer reads: as an image of one pixel where it wants rows and columns and finds none.
  private static func source(of layer: TargetLayer, _ last: Tensor, _ context: KernelContext)
    throws(KernelError) -> Tensor
  {
    switch layer {
    case .convolution, .maxPool, .averagePool:
      guard last.shape.count == 2 else { return last }
      return try Tensor(sharing: last, as: .plain(last.shape + [1, 1]), context: context)
    case .fullyConnected, .relu:
      return last
    }
  }

  private static func makeOperator(
    _ step: Step, source: Tensor, behind last: (any NetworkOperator)?, context: KernelContext
  ) throws(KernelError) -> any NetworkOperator {
    switch step.layer {
    case .convolution(let filters, let size, let stride, let padding):
      let geometry =
        switch padding {
        case .valid: ConvolutionGeometry(validKernel: size, stride: stride)
        case .same:
          ConvolutionGeometry(
            sameKernel: size, stride: stride, height: source.shape[2], width: source.shape[3])
        }
      return try Convolution(
        source: source, filterCount: filters, geometry: geometry, rectified: step.rectified,
        context: context)
    case .fullyConnected(let outputs):
      return try FullyConnected(
        source: source, outputCount: outputs, rectified: step.rectified, context: context)
    case .relu:
      return try ReLU(source: source, context: context)
    case .maxPool(let size, let stride):
      if BlockedMaxPooling.supports(source: source.descriptor, size: size, stride: stride) {
        return try BlockedMaxPooling(
          source: source, size: size,
          sourceIsRectified: (last as? Convolution)?.isRectified ?? false, context: context)
      }
      return try Pooling(source: source, kind: .max, size: size, stride: stride, context: context)
    case .averagePool(let size, let stride):
      return try Pooling(
        source: source, kind: .average, size: size, stride: stride, context: context)
    }
  }

  /// Lays a gradient beside every operator's output, from the logits back to the images.
  private static func prepareBackward(
    _ operators: [any NetworkOperator], _ sources: [Tensor], logitGradient: Tensor,
    imageGradient: Tensor?, _ context: KernelContext
  ) throws(KernelError) {
    var outputGradient = logitGradient
    for index in operators.indices.reversed() {
      let current = operators[index]
      guard index > 0 else {
        return try current.prepareBackward(
          outputGradient: outputGradient, sourceGradient: imageGradient)
      }
      let below = operators[index - 1]
      let belowGradient: Tensor
      if current is BlockedMaxPooling, let convolution = below as? Convolution {
        // The convolution's output has served its purpose: its gradient is written over it.
        belowGradient = convolution.output
        convolution.gradientArrivesRectified = true
      } else {
        belowGradient = try Tensor(below.output.descriptor, context: context)
      }
      let isReshaped = sources[index].shape.count != belowGradient.shape.count
      try current.prepareBackward(
        outputGradient: outputGradient,
        sourceGradient: isReshaped
          ? try Tensor(sharing: belowGradient, as: sources[index].descriptor, context: context)
          : belowGradient)
      outputGradient = belowGradient
    }
  }

  // MARK: Running

  /// Takes all layers' weights from the flat vector (D, read).
  func load(_ weights: FloatView) {
    for (layer, range) in weighted { layer.weights.load(weights.slice(range)) }
  }

  /// Overwrites `logits` from `images`.
  func forward() {
    for index in 0..<operators.count { operators[index].forward() }
  }

  /// From `logitGradient` to the weights' and images' gradients of this slice.
  func backward() {
    for index in stride(from: operators.count - 1, through: 0, by: -1) {
      operators[index].backward()
    }
  }

  /// Adds the slice's weight gradients to the sum, which the first slice begins.
  func collectGradients(isFirst: Bool) {
    for (layer, _) in weighted { layer.weightGradients?.collect(isFirst: isFirst) }
  }

  /// Overwrites the flat gradient (D) with the sum over slices.
  func storeGradients(_ gradient: FloatView) {
    for (layer, range) in weighted { layer.weightGradients?.store(gradient.slice(range)) }
  }
}
