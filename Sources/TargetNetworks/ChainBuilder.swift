// Making the operators of a chain and laying gradients beside their outputs.

import Kernels
import Numerics

/// Operators made one behind the other, each on the output of the one before, and then gradients laid beside their outputs,
/// from the logits back.
package struct ChainBuilder {
  /// Where a backward pass to the images begins and ends.
  package struct ImageGradients {
    let logits: Tensor
    let images: Tensor
  }

  /// An operator, and what it reads.
  private struct Link {
    let made: any NetworkOperator
    let source: Tensor
  }

  let context: KernelContext
  let images: Tensor
  /// Operators with kernels, and what they have of the flat weight vector.
  private(set) var weighted: [(made: any WeightedOperator, block: TargetArchitecture.Block)] = []
  private(set) var normalized: [(made: Normalization, block: TargetArchitecture.Block)] = []
  /// What ReLU made of each block's output, by the block's index; of several the last.
  private(set) var rectified: [Int: Tensor] = [:]
  var operators: [any NetworkOperator] { links.map(\.made) }

  let architecture: TargetArchitecture
  private let layout: ImageLayout
  private let steps: [OperatorStep]
  private let statistics: Normalization.Statistics
  /// What images' activations and their gradients are stored in, from the first convolution on.
  private let activations: ElementType
  private var links: [Link] = []
  /// Whose filters the operators read, if they have none of their own.
  private let original: AlikeChain?
  /// The same operators as in `normalized`, by their place in the chain.
  private var normalizations: [Int: Normalization] = [:]
  /// Channels of the last output that count; those behind them are zero.
  private var channels: Int
  /// Gradients that nobody reads any more.
  private var freeGradients: [Tensor] = []
  /// Gradients with memory of their own, the logits' and the images' left out, by the operators above them.
  private(set) var ownGradients: [Int: Tensor] = [:]
  package var ownGradientCount: Int { ownGradients.count }

  /// The operators of a forward pass of `imageCount` images.
  package init(
    architecture: TargetArchitecture, imageCount: Int, layout: ImageLayout = .channels,
    statistics: Normalization.Statistics, activations: ElementType, teamSize: Int = 1
  ) throws(KernelError) {
    try self.init(
      architecture: architecture, imageCount: imageCount, layout: layout, statistics: statistics,
      activations: activations, teamSize: teamSize, sharing: nil, reading: nil)
  }

  /// The same; `original` was made alike. `images` are a slice of them in
  /// the layout that the first operator reads.
  init(
    architecture: TargetArchitecture, imageCount: Int, layout: ImageLayout,
    statistics: Normalization.Statistics, activations: ElementType, teamSize: Int,
    sharing original: AlikeChain?, reading images: Tensor?
  ) throws(KernelError) {
    self.original = original
    self.architecture = architecture
    self.layout = layout
    self.statistics = statistics
    self.activations = activations
    steps = OperatorStep.plan(architecture.layers)
    context =
      if let original { original.chain.context } else { try KernelContext(teamSize: teamSize) }
    let input = architecture.input
    self.images =
      if let images {
        images
      } else {
        try Tensor(
          .plain([imageCount, input.channels, input.height, input.width]), context: context)
      }
    channels = input.channels
    if layout == .images && images == nil { try appendTransposition() }
    for step in steps { try append(step) }
    if layout == .images { try appendTransposition() }
  }

  private var last: Tensor { links.last?.made.output ?? images }

  /// Of the next operator with filters.
  private var sharedFilters: FilterWeights? { original?.chain.filters(weighted.count) }

  private mutating func append(_ step: OperatorStep) throws(KernelError) {
    switch step.layer {
    case .convolution(let filters, let size, let stride, let padding):
      try appendConvolution(step, filters: filters, size: size, stride: stride, padding: padding)
    case .normalization: try appendNormalization(step)
    case .fullyConnected(let outputs):
      if layout == .images { return try appendWholeImages(outputs: outputs, step) }
      let source = last
      appendWeighted(
        try FullyConnected(
          source: source, channelCount: source.shape.count == 2 ? nil : channels,
          outputCount: outputs, rectified: step.isRectified, sharing: sharedFilters,
          context: context),
        source: source)
    case .relu:
      append(try ReLU(source: last, context: context), source: last)
    case .leakyReLU(let slope):
      append(
        try Activation(.leakyReLU(slope: slope), source: last, context: context), source: last)
    case .tanh: append(try Activation(.tanh, source: last, context: context), source: last)
    case .maxPool(let size, let stride):
      try appendPooling(.max, window: [size, size], stride: stride)
    case .averagePool(let size, let stride):
      try appendPooling(.average, window: [size, size], stride: stride)
    case .globalAveragePool:
      try appendPooling(.average, window: Array(try lastImage().shape[2...]), stride: 1)
    case .residual:
      preconditionFailure("a residual block is no operator: its layers are")
    }
  }

  private mutating func append(_ made: any NetworkOperator, source: Tensor) {
    links.append(Link(made: made, source: source))
    if made.isRectified, !weighted.isEmpty { rectified[weighted.count - 1] = made.output }
  }

  private mutating func appendWeighted(_ made: any WeightedOperator, source: Tensor) {
    let block = architecture.blocks[weighted.count]
    weighted.append((made, block))
    channels = block.filterCount
    append(made, source: source)
  }

  private mutating func appendConvolution(
    _ step: OperatorStep, filters: Int, size: Int, stride: Int, padding: TargetLayer.Padding
  ) throws(KernelError) {
    let source = try lastImage()
    let geometry =
      switch padding {
      case .valid: ConvolutionGeometry(validKernel: size, stride: stride)
      case .zeros(let count): ConvolutionGeometry(kernel: size, stride: stride, padding: count)
      case .same:
        ConvolutionGeometry(
          sameKernel: size, stride: stride, height: source.shape[2], width: source.shape[3])
      }
    appendWeighted(
      try Convolution(
        source: source, channelCount: channels, filterCount: filters,
        geometry: geometry, rectified: step.isRectified, isNormalized: step.isNormalized,
        outputType: source.descriptor.isBlocked16 ? source.elementType : activations,
        sharing: sharedFilters, into: original?.passingOutput(links.count), context: context),
      source: source)
  }

  /// A fully connected layer of images that lie side by side: a convolution whose kernels are as large as the images.
  private mutating func appendWholeImages(outputs: Int, _ step: OperatorStep) throws(KernelError) {
    let source = last
    var geometry = ConvolutionGeometry(validKernel: 1, stride: 1)
    geometry.kernel = Array(source.shape[2...])
    appendWeighted(
      try Convolution(
        source: source, filterCount: outputs, geometry: geometry, rectified: step.isRectified,
        sharing: sharedFilters, into: original?.passingOutput(links.count), context: context),
      source: source)
  }

  /// To images side by side, and from there back to the logits' rows.
  private mutating func appendTransposition() throws(KernelError) {
    append(try LaneTransposition(source: last, context: context), source: last)
  }

  private mutating func appendNormalization(_ step: OperatorStep) throws(KernelError) {
    let (convolution, block) = weighted[weighted.count - 1]
    let made = try Normalization(
      source: last, filters: convolution.weights.shape,
      shortcut: step.shortcut.map {
        Normalization.Shortcut(links[$0.from].made.output, stride: $0.stride)
      }, rectified: step.isRectified, statistics: statistics, context: context)
    normalizations[links.count] = made
    normalized.append((made, block))
    append(made, source: last)
  }

  private mutating func appendPooling(_ kind: Pooling.Kind, window: [Int], stride: Int)
    throws(KernelError)
  {
    let source = try lastImage()
    let pooling = Pooling(
      source: source, kind: kind, window: window, stride: [stride, stride],
      sourceIsRectified: links.last?.made.isRectified ?? false, context: context)
    append(try pooling.make(), source: source)
  }

  /// The last output, as an image of one pixel where it has no rows and columns.
  private func lastImage() throws(KernelError) -> Tensor {
    guard last.shape.count == 2 else { return last }
    return try Tensor(sharing: last, as: .plain(last.shape + [1, 1]), context: context)
  }

  // MARK: Backward

  /// Has the operators prepare the backward pass to the weights: returns the logits' gradient, where it begins.
  package mutating func makeWeightGradients() throws(KernelError) -> Tensor {
    for (index, (made, _)) in weighted.enumerated() {
      made.weightGradients = original?.filterGradients(index) ?? FilterGradients(made.weights)
    }
    let logits = try Tensor(last.descriptor, context: context)
    try prepareBackward(from: logits, to: nil)
    return logits
  }

  /// Has the operators prepare the backward pass to the images.
  package mutating func makeImageGradients() throws(KernelError) -> ImageGradients {
    let gradients = ImageGradients(
      logits: try Tensor(last.descriptor, context: context),
      images: try Tensor(images.descriptor, context: context))
    try prepareBackward(from: gradients.logits, to: gradients.images)
    return gradients
  }

  /// Lays a gradient beside every operator's output, from the logits back to the images.
  private mutating func prepareBackward(from logits: Tensor, to imageGradient: Tensor?)
    throws(KernelError)
  {
    var outputGradient = logits
    let first = imageGradient == nil ? links.firstIndex { $0.made is any WeightedOperator } : 0
    for index in links.indices.reversed() {
      let link = links[index]
      guard index != first else {
        return try link.made.prepareBackward(
          outputGradient: outputGradient, sourceGradient: imageGradient)
      }
      let below = try gradient(below: index)
      let isReshaped = link.source.shape.count != below.shape.count
      try link.made.prepareBackward(
        outputGradient: outputGradient,
        sourceGradient: isReshaped
          ? try Tensor(sharing: below, as: link.source.descriptor, context: context) : below)
      if let normalization = normalizations[index] {
        release(outputGradient, of: normalization, shortcut: steps[index].shortcut)
      }
      outputGradient = below
    }
  }

  /// Lets other operators have the gradients that a normalization has read.
  private mutating func release(
    _ outputGradient: Tensor, of normalization: Normalization,
    shortcut: (from: Int, stride: Int)?
  ) {
    if let kept = normalization.shortcutGradient { freeGradients.append(kept.tensor) }
    if let shortcut {
      // What arrives at the end of a residual block also goes to its beginning: kept till then.
      normalizations[shortcut.from]?.shortcutGradient = Normalization.Shortcut(
        outputGradient, stride: shortcut.stride)
    } else {
      freeGradients.append(outputGradient)
    }
  }

  /// Where the gradient of the output below operator `index` lies: over that output where both sides allow it.
  private mutating func gradient(below index: Int) throws(KernelError) -> Tensor {
    let below = links[index - 1].made
    if below.sparesOutput && links[index].made.replacesSource { return below.output }
    let descriptor = below.output.descriptor
    if let free = freeGradients.firstIndex(where: { $0.descriptor == descriptor }) {
      return freeGradients.remove(at: free)
    }
    let made =
      if let passing = original?.passingGradient(below: index) {
        passing
      } else {
        try Tensor(descriptor, context: context)
      }
    ownGradients[index] = made
    return made
  }
}
