// The geometry of a target network, as data.

import Host
import Kernels
import Numerics

/// A target network: an input shape and a list of layers that ends in a fully connected one, whose
/// outputs are the logits.
///
/// Its weights are one flat vector, layer by layer, filter by filter; a filter is its kernel
/// (in, kH, kW) or (in), followed by its bias, or by scale and shift of the normalization behind it.
public struct TargetArchitecture: Sendable, Equatable {
  /// The filters of one convolution or fully connected layer within the flat weight vector.
  public struct Block: Sendable, Equatable {
    /// `layer1`, `layer2`, ... in order of the layers that have weights.
    public let name: String
    /// Index into ``TargetArchitecture/layers``.
    public let layerIndex: Int
    /// Where the block begins in the flat weight vector.
    public let offset: Int
    public let filterCount: Int
    /// (in, kH, kW) of a convolution, (in) of a fully connected layer.
    public let kernelShape: [Int]
    /// How many channels of the block before (or of the image) the layer sees, and how many kernel
    /// elements of a filter act on each of them: kH * kW, or all spatial positions of a flattened image.
    public let inputChannelCount: Int
    public let elementsPerChannel: Int
    /// Shape of what the layer's filters give.
    public let output: ImageShape
    /// Whether a normalization follows.
    public internal(set) var isNormalized = false
    /// The block that alone reads this one's output, with nothing but activations and pooling between: none for
    /// the last block and where a shortcut begins or ends.
    public internal(set) var consumer: Int?
    /// Whether the consumer can make up for a positive factor on a filter: (leaky) ReLU and pooling commute with it.
    public internal(set) var commutesWithScale = true
    /// Whether it can make up for a filter's sign: odd functions, such as tanh, and averages commute with it.
    public internal(set) var commutesWithSign = true
    /// Variance of kernels, times their fan-in, with which what comes out of the activation behind is as large as what went in: 2
    /// of ReLU, 2 / (1 + slope^2) of leaky ReLU (He et al. 2015), 1 of tanh (LeCun et al. 1998).
    public internal(set) var activationGain: Float = 2
    /// Where the block's means, and behind them its variances, begin among the network's statistics.
    public internal(set) var statisticOffset = 0

    public var kernelCount: Int { inputChannelCount * elementsPerChannel }
    /// Kernel and bias, or kernel, scale and shift, of one filter.
    public var filterSize: Int { kernelCount + (isNormalized ? 2 : 1) }
    public var count: Int { filterCount * filterSize }
    public var range: Range<Int> { offset..<offset + count }
    /// Multiply-adds times two of one image's forward pass.
    public var forwardFLOPs: Int { 2 * filterCount * kernelCount * output.height * output.width }
  }

  public let input: ImageShape
  public let layers: [TargetLayer]
  /// What the outputs mean.
  public let loss: Loss
  /// The shape behind each layer, in the order of `layers`.
  public let shapes: [ImageShape]
  public let blocks: [Block]
  /// D: elements of the flat weight vector.
  public let weightCount: Int
  /// Means and variances of all normalizations, in the blocks' order.
  public let statisticCount: Int

  /// Outputs: classes, or what a regression's loss has for its targets.
  public var classCount: Int { shapes[shapes.count - 1].channels }
  /// Classes, or numbers that a regression predicts.
  public var targetCount: Int { loss.givesVariances ? classCount / 2 : classCount }
  public var isNormalized: Bool { statisticCount > 0 }

  /// Why a list of layers is not a network.
  public struct Invalid: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(input: ImageShape, layers: [TargetLayer], loss: Loss = .crossEntropy) throws(Invalid)
  {
    var builder = ArchitectureBuilder(input: input)
    var shapes: [ImageShape] = []
    for (index, layer) in layers.enumerated() {
      try builder.append(layer, index: index)
      shapes.append(builder.shape)
    }
    guard case .fullyConnected = layers.last else {
      throw Invalid(
        description: "target.layers: the last layer must be fullyConnected (the logits)")
    }
    self.input = input
    self.layers = layers
    self.loss = loss
    self.shapes = shapes
    blocks = builder.blocks
    weightCount = blocks.reduce(0) { $0 + $1.count }
    statisticCount = builder.statisticCount
  }

  /// Sets to 0 what is no weight of any network, or its gradient: kernels of the outputs behind the predictions where the noise is the same
  /// for all images, ``Loss/Noise/learned``.
  ///
  /// - Parameter values: D, overwritten there.
  public func clearUnused(_ values: FloatView) {
    guard loss == .gaussian(.learned) else { return }
    let block = blocks[blocks.count - 1]
    for filter in targetCount..<block.filterCount {
      values.slice(block.offset + filter * block.filterSize, block.kernelCount).fill(0)
    }
  }

  /// Fully connected blocks but for the last, which gives the logits.
  public var hiddenFullyConnected: [Block] {
    blocks.dropLast().filter { block in
      if case .fullyConnected = layers[block.layerIndex] { true } else { false }
    }
  }

  /// Output size along one side of an image.
  public static func outputs(_ length: Int, size: Int, stride: Int, padding: TargetLayer.Padding)
    -> Int
  {
    switch padding {
    case .same: return (length + stride - 1) / stride
    case .valid: return length < size ? 0 : (length - size) / stride + 1
    case .zeros(let count):
      let padded = length + 2 * count
      return padded < size ? 0 : (padded - size) / stride + 1
    }
  }

  /// Multiply-adds times two of one image's forward pass; forward and backward together are about
  /// three times that, less the first layer's gradient with respect to the image.
  public var forwardFLOPsPerImage: Int { blocks.reduce(0) { $0 + $1.forwardFLOPs } }

  /// FLOPs of one image's forward and backward pass, the image's own gradient left out.
  public var trainingFLOPsPerImage: Int {
    3 * forwardFLOPsPerImage - (blocks.first?.forwardFLOPs ?? 0)
  }
}

/// Walks through the layers, keeping track of shapes and of who reads what.
private struct ArchitectureBuilder {
  typealias Invalid = TargetArchitecture.Invalid

  var shape: ImageShape
  var blocks: [TargetArchitecture.Block] = []
  var statisticCount = 0
  private var offset = 0
  /// FLOPs of an image's forward pass.
  private var work = 0.0
  /// Channels of the last block's output, before any flattening.
  private var channels: Int
  /// The block whose output is at hand, unless a shortcut begins or ends there.
  private var producer: Int?
  /// What has been seen since the last convolution.
  private var last = Last.other
  private var place = ""

  private enum Last {
    case convolution
    /// A normalization, or a residual block; and ReLU behind them.
    case normalized, rectified
    case other
  }

  init(input: ImageShape) {
    shape = input
    channels = input.channels
  }

  mutating func append(_ layer: TargetLayer, index: Int) throws(Invalid) {
    try append(layer, index: index, place: "target.layers[\(index)]")
  }

  private func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws(Invalid) {
    if !condition { throw Invalid(description: "\(place): \(problem())") }
  }

  private mutating func append(_ layer: TargetLayer, index: Int, place: String) throws(Invalid) {
    self.place = place
    var next = Last.other
    switch layer {
    case .convolution(let filters, let size, let stride, let padding):
      try require(
        filters > 0 && size > 0 && stride > 0, "filters, size and stride must be at least 1")
      try require(
        shape.height > 1 || shape.width > 1 || size == 1,
        "a convolution of size \(size) behind a fully connected layer")
      if case .zeros(let count) = padding {
        try require(
          count >= 0 && count < size, "padding must be at least 0 and less than the size")
      }
      let output = try window(size: size, stride: stride, padding: padding, channels: filters)
      try appendBlock(
        index: index, kernelShape: [shape.channels, size, size], elementsPerChannel: size * size,
        output: output)
      shape = output
      next = .convolution
    case .fullyConnected(let outputs):
      try require(outputs > 0, "outputs must be at least 1")
      let output = ImageShape(channels: outputs, height: 1, width: 1)
      try appendBlock(
        index: index, kernelShape: [shape.count], elementsPerChannel: shape.height * shape.width,
        output: output)
      shape = output
    case .normalization:
      try require(
        last == .convolution,
        "a normalization must follow a convolution at once, with no ReLU between")
      blocks[blocks.count - 1].isNormalized = true
      blocks[blocks.count - 1].statisticOffset = statisticCount
      statisticCount += 2 * channels
      offset += channels
      next = .normalized
    case .relu:
      join(layer)
      if last == .normalized { next = .rectified }
    case .leakyReLU(let slope):
      try require(slope >= 0 && slope <= 1, "slope must be 0 to 1")
      join(layer)
    case .tanh: join(layer)
    case .maxPool(let size, let stride), .averagePool(let size, let stride):
      try require(size > 0 && stride > 0, "size and stride must be at least 1")
      join(layer)
      shape = try window(size: size, stride: stride, padding: .valid, channels: shape.channels)
    case .globalAveragePool:
      shape = ImageShape(channels: shape.channels, height: 1, width: 1)
    case .residual(let layers):
      try appendResidual(layers, index: index, place: place)
      next = .normalized
    }
    last = next
  }

  /// Notes which factors on the last block's filters a layer without weights commutes with.
  private mutating func join(_ layer: TargetLayer) {
    guard let producer else { return }
    switch layer {
    case .relu, .maxPool: blocks[producer].commutesWithSign = false
    case .leakyReLU(let slope):
      blocks[producer].commutesWithSign = false
      blocks[producer].activationGain = 2 / (1 + slope * slope)
    case .tanh:
      blocks[producer].commutesWithScale = false
      blocks[producer].activationGain = 1
    default: break
    }
  }

  private func window(
    size: Int, stride: Int, padding: TargetLayer.Padding, channels: Int
  ) throws(Invalid) -> ImageShape {
    let outputs = [shape.height, shape.width].map {
      TargetArchitecture.outputs($0, size: size, stride: stride, padding: padding)
    }
    try require(
      outputs.allSatisfy { $0 > 0 }, "size \(size) does not fit into an image of \(shape)")
    return ImageShape(channels: channels, height: outputs[0], width: outputs[1])
  }

  /// Refuses a layer with which weights, outputs or work go beyond what any process can hold or do, before their numbers
  /// overflow.
  private mutating func requireAddressable(_ kernelShape: [Int], _ output: ImageShape)
    throws(Invalid)
  {
    let outputs = Double(output.channels) * Double(output.height) * Double(output.width)
    let kernel = kernelShape.reduce(1) { $0 * Double($1) }
    let weights = Double(offset) + (kernel + 2) * Double(output.channels)
    work += 2 * kernel * outputs
    try require(
      weights <= 0x1p40,
      "a network of \(weights) weights, which need \(4 * weights) bytes of memory each")
    try require(
      outputs <= 0x1p40, "\(outputs) outputs, which need \(4 * outputs) bytes of memory an image")
    try require(work <= 0x1p58, "\(work) FLOPs an image so far")
  }

  private mutating func appendBlock(
    index: Int, kernelShape: [Int], elementsPerChannel: Int, output: ImageShape
  ) throws(Invalid) {
    try requireAddressable(kernelShape, output)
    if let producer { blocks[producer].consumer = blocks.count }
    blocks.append(
      TargetArchitecture.Block(
        name: "layer\(blocks.count + 1)", layerIndex: index, offset: offset,
        filterCount: output.channels, kernelShape: kernelShape, inputChannelCount: channels,
        elementsPerChannel: elementsPerChannel, output: output))
    offset += blocks[blocks.count - 1].count
    producer = blocks.count - 1
    channels = output.channels
  }

  private mutating func appendResidual(_ layers: [TargetLayer], index: Int, place: String)
    throws(Invalid)
  {
    try require(
      last == .normalized || last == .rectified,
      "a residual block must follow a normalization or another one, with nothing but one ReLU between"
    )
    let before = shape
    producer = nil
    for (position, layer) in layers.enumerated() {
      let inner = "\(place).residual[\(position)]"
      switch layer {
      case .convolution, .normalization, .relu: break
      default:
        throw Invalid(
          description:
            "\(inner): only convolution, normalization and relu can be in a residual block")
      }
      try append(layer, index: index, place: inner)
    }
    self.place = place
    guard case .normalization = layers.last else {
      throw Invalid(description: "\(place): a residual block must end in a normalization")
    }
    let stride = (before.height + shape.height - 1) / shape.height
    try require(
      shape.channels >= before.channels
        && shape.height == (before.height + stride - 1) / stride
        && shape.width == (before.width + stride - 1) / stride,
      "a residual block from \(before) to \(shape): its layers must keep or add channels, and keep "
        + "the image's size or divide both sides by the same whole number")
    producer = nil
  }
}
