// The geometry of a target network, as data.

import TensorCore

/// One layer of a target network. Weights are not part of it: a hypernetwork supplies them.
public enum TargetLayer: Sendable, Equatable {
  public enum Padding: String, Sendable, Equatable, CaseIterable {
    /// Zeros around the image, so that stride 1 keeps its size: ceil(size / stride) outputs.
    case same
    /// No padding: floor((size - kernel) / stride) + 1 outputs.
    case valid
  }

  /// `filters` filters of `size` x `size` on all input channels, with a bias each.
  case convolution(filters: Int, size: Int, stride: Int, padding: Padding)
  /// `outputs` linear units with a bias each, on the flattened (channel, row, column) input.
  case fullyConnected(outputs: Int)
  case relu
  /// The largest of each `size` x `size` window, windows `stride` apart, no padding.
  case maxPool(size: Int, stride: Int)
  /// The mean of each `size` x `size` window, windows `stride` apart, no padding.
  case averagePool(size: Int, stride: Int)
}

/// A target network: an input shape and a list of layers that ends in a fully connected one, whose
/// outputs are the logits.
///
/// Its weights are one flat vector, layer by layer, filter by filter; a filter is its kernel
/// (in, kH, kW) or (in), followed by its bias.
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

    public var kernelCount: Int { inputChannelCount * elementsPerChannel }
    /// Kernel and bias of one filter.
    public var filterSize: Int { kernelCount + 1 }
    public var count: Int { filterCount * filterSize }
    public var range: Range<Int> { offset..<offset + count }
  }

  public let input: ImageShape
  public let layers: [TargetLayer]
  /// The shape behind each layer, in the order of `layers`.
  public let shapes: [ImageShape]
  public let blocks: [Block]
  /// D: elements of the flat weight vector.
  public let weightCount: Int

  public var classCount: Int { shapes[shapes.count - 1].channels }

  /// Why a list of layers is not a network.
  public struct Invalid: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(input: ImageShape, layers: [TargetLayer]) throws(Invalid) {
    var shape = input
    var shapes: [ImageShape] = []
    var blocks: [Block] = []
    var offset = 0
    /// Channels of the last block's output, before any flattening.
    var channels = input.channels

    for (index, layer) in layers.enumerated() {
      let place = "target.layers[\(index)]"
      func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws(Invalid) {
        if !condition { throw Invalid(description: "\(place): \(problem())") }
      }
      func appendBlock(filters: Int, kernelShape: [Int], elementsPerChannel: Int) {
        let block = Block(
          name: "layer\(blocks.count + 1)", layerIndex: index, offset: offset, filterCount: filters,
          kernelShape: kernelShape, inputChannelCount: channels,
          elementsPerChannel: elementsPerChannel)
        blocks.append(block)
        offset += block.count
        channels = filters
      }
      switch layer {
      case .convolution(let filters, let size, let stride, let padding):
        try require(
          filters > 0 && size > 0 && stride > 0, "filters, size and stride must be at least 1")
        try require(
          shape.height > 1 || shape.width > 1 || size == 1,
          "a convolution of size \(size) behind a fully connected layer")
        let height = Self.outputs(shape.height, size: size, stride: stride, padding: padding)
        let width = Self.outputs(shape.width, size: size, stride: stride, padding: padding)
        try require(height > 0 && width > 0, "size \(size) does not fit into an image of \(shape)")
        appendBlock(
          filters: filters, kernelShape: [shape.channels, size, size],
          elementsPerChannel: size * size)
        shape = ImageShape(channels: filters, height: height, width: width)
      case .fullyConnected(let outputs):
        try require(outputs > 0, "outputs must be at least 1")
        appendBlock(
          filters: outputs, kernelShape: [shape.count],
          elementsPerChannel: shape.height * shape.width)
        shape = ImageShape(channels: outputs, height: 1, width: 1)
      case .relu:
        break
      case .maxPool(let size, let stride), .averagePool(let size, let stride):
        try require(size > 0 && stride > 0, "size and stride must be at least 1")
        let height = Self.outputs(shape.height, size: size, stride: stride, padding: .valid)
        let width = Self.outputs(shape.width, size: size, stride: stride, padding: .valid)
        try require(height > 0 && width > 0, "size \(size) does not fit into an image of \(shape)")
        shape = ImageShape(channels: shape.channels, height: height, width: width)
      }
      shapes.append(shape)
    }
    guard case .fullyConnected = layers.last else {
      throw Invalid(
        description: "target.layers: the last layer must be fullyConnected (the logits)")
    }
    self.input = input
    self.layers = layers
    self.shapes = shapes
    self.blocks = blocks
    weightCount = offset
  }

  /// Output size along one side of an image.
  public static func outputs(_ length: Int, size: Int, stride: Int, padding: TargetLayer.Padding)
    -> Int
  {
    switch padding {
    case .same: (length + stride - 1) / stride
    case .valid: length < size ? 0 : (length - size) / stride + 1
    }
  }

  /// Multiply-adds times two of one image's forward pass; forward and backward together are about
  /// three times that, less the first layer's gradient with respect to the image.
  public var forwardFLOPsPerImage: Int {
    blocks.reduce(0) { sum, block in
      let shape = shapes[block.layerIndex]
      return sum + 2 * block.filterCount * block.kernelCount * shape.height * shape.width
    }
  }

  /// FLOPs of one image's forward and backward pass, the image's own gradient left out.
  public var trainingFLOPsPerImage: Int {
    guard let first = blocks.first else { return 0 }
    let shape = shapes[first.layerIndex]
    return 3 * forwardFLOPsPerImage
      - 2 * first.filterCount * first.kernelCount * shape.height * shape.width
  }
}
