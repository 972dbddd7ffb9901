// Making the operators of a chain and laying gradients beside their outputs.

import Kernels
import Numerics

struct ChainBuilder {
  let context: KernelContext
  let images: Tensor
  private(set) var operators: [any NetworkOperator] = []
  private(set) var weighted: [(layer: any WeightedOperator, block: TargetArchitecture.Block)] = []
  private(set) var normalized: [(Normalization, TargetArchitecture.Block, FilterShape)] = []
  private let architecture: TargetArchitecture
  private let wantsWeightGradients: Bool
  private let statistics: Normalization.Statistics
  /// What images' activations and their gradients are stored in, from the first convolution on.
  private let activations: ElementType
  /// What each operator reads.
  private var sources: [Tensor] = []
  /// Channels of the last output that count; those behind them are zero.
  private var channels: Int
  /// Gradients that nobody reads any more.
  private var freeGradients: [Tensor] = []

  init(
    architecture: TargetArchitecture, imageCount: Int, wantsWeightGradients: Bool,
    statistics: Normalization.Statistics, activations: ElementType
  ) throws(KernelError) {
    self.architecture = architecture
    self.wantsWeightGradients = wantsWeightGradients
    self.statistics = statistics
    self.activations = activations
    context = try KernelContext()
    let input = architecture.input
    images = try Tensor(
      .plain([imageCount, input.channels, input.height, input.width]), context: context)
    channels = input.channels
  }

  mutating func append(_ step: OperatorStep) throws(KernelError) {
    let source = try source(of: step.layer)
    let made = try makeOperator(step, source: source)
    if let layer = made as? any WeightedOperator {
      if wantsWeightGradients {
        layer.weightGradients = FilterGradients(layer.weights)
      }
      let block = architecture.blocks[weighted.count]
      weighted.append((layer, block))
      channels = block.filterCount
    }
    if let made = made as? Normalization {
      let (layer, block) = weighted[weighted.count - 1]
      normalized.append((made, block, layer.weights.shape))
    }
    operators.append(made)
    sources.append(source)
  }

  /// What a layer reads: as an image of one pixel where it wants rows and columns and finds none.
  private func source(of layer: TargetLayer) throws(KernelError) -> Tensor {
    let last = operators.last?.output ?? images
    switch layer {
    case .convolution, .maxPool, .averagePool, .globalAveragePool:
      guard last.shape.count == 2 else { return last }
      return try Tensor(sharing: last, as: .plain(last.shape + [1, 1]), context: context)
    case .fullyConnected, .relu, .normalization, .residual:
      return last
    }
  }

  private func makeOperator(_ step: OperatorStep, source: Tensor) throws(KernelError)
    -> any NetworkOperator
  {
    switch step.layer {
    case .convolution(let filters, let size, let stride, let padding):
      let geometry =
        switch padding {
        case .valid: ConvolutionGeometry(validKernel: size, stride: stride)
        case .zeros(let count): ConvolutionGeometry(kernel: size, stride: stride, padding: count)
        case .same:
          ConvolutionGeometry(
            sameKernel: size, stride: stride, height: source.shape[2], width: source.shape[3])
        }
      return try Convolution(
        source: source, channelCount: channels, filterCount: filters,
        outputChannelCount: (filters + 15) / 16 * 16, geometry: geometry,
        rectified: step.isRectified, isNormalized: step.isNormalized,
        outputType: source.descriptor.isBlocked16 ? source.elementType : activations,
        context: context)
    case .normalization:
      return try Normalization(
        source: source, channelCount: channels,
        shortcut: step.shortcut.map {
          Normalization.Shortcut(operators[$0.from].output, stride: $0.stride)
        }, rectified: step.isRectified, statistics: statistics, context: context)
    case .fullyConnected(let outputs):
      return try FullyConnected(
        source: source, channelCount: source.shape.count == 2 ? nil : channels,
        outputCount: outputs, rectified: step.isRectified, context: context)
    case .relu:
      return try ReLU(source: source, context: context)
    case .maxPool(let size, let stride):
      if BlockedMaxPooling.supports(source: source.descriptor, size: size, stride: stride) {
        return try BlockedMaxPooling(
          source: source, size: size,
          sourceIsRectified: (operators.last as? Convolution)?.isRectified ?? false,
          context: context)
      }
      return try Pooling(source: source, kind: .max, size: size, stride: stride, context: context)
    case .averagePool(let size, let stride):
      return try Pooling(
        source: source, kind: .average, size: size, stride: stride, context: context)
    case .globalAveragePool:
      return try Pooling(
        source: source, kind: .average, window: Array(source.shape[2...]), stride: [1, 1],
        context: context)
    case .residual:
      preconditionFailure("a residual block is no operator: its layers are")
    }
  }

  /// Lays a gradient beside every operator's output, from the logits back to the images.
  mutating func prepareBackward(
    _ steps: [OperatorStep], logitGradient: Tensor, imageGradient: Tensor?
  ) throws(KernelError) {
    var outputGradient = logitGradient
    for index in operators.indices.reversed() {
      let current = operators[index]
      guard index > 0 else {
        return try current.prepareBackward(
          outputGradient: outputGradient, sourceGradient: imageGradient)
      }
      let below = try gradient(below: index)
      let isReshaped = sources[index].shape.count != below.shape.count
      try current.prepareBackward(
        outputGradient: outputGradient,
        sourceGradient: isReshaped
          ? try Tensor(sharing: below, as: sources[index].descriptor, context: context) : below)
      if let normalization = current as? Normalization {
        if let kept = normalization.shortcutGradient { freeGradients.append(kept.tensor) }
        if let shortcut = steps[index].shortcut {
          // What arrives at the end of a residual block also goes to its beginning: kept till then.
          (operators[shortcut.from] as? Normalization)?.shortcutGradient = Normalization.Shortcut(
            outputGradient, stride: shortcut.stride)
        } else {
          freeGradients.append(outputGradient)
        }
      }
      outputGradient = below
    }
  }

  /// Where the gradient of the output below operator `index` lies.
  private mutating func gradient(below index: Int) throws(KernelError) -> Tensor {
    let below = operators[index - 1]
    if let convolution = below as? Convolution {
      // The convolution's output has served its purpose: its gradient is written over it.
      if operators[index] is Normalization { return convolution.output }
      if operators[index] is BlockedMaxPooling {
        convolution.gradientArrivesRectified = true
        return convolution.output
      }
    }
    let descriptor = below.output.descriptor
    if let free = freeGradients.firstIndex(where: { $0.descriptor == descriptor }) {
      return freeGradients.remove(at: free)
    }
    return try Tensor(descriptor, context: context)
  }
}
