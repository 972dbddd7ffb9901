// A target network, or several side by side, as operators.

import Kernels
import Numerics
import TargetNetworks

/// Appends target networks on the same inputs. Several networks are the groups of their convolutions: where an activation has
/// c channels, that of G networks has G c, those of the first network first; behind a fully connected layer it is (G, images, units).
struct TargetGraph {
  /// Where normalizations have means and variances from.
  enum Statistics {
    /// Names of each normalized block's, by its index.
    case given([Int: Moments])
    /// The inputs at hand.
    case measured
  }

  /// Names of a normalization's means and variances.
  struct Moments {
    let mean: String
    let variance: String
  }

  let architecture: TargetArchitecture
  let networkCount: Int
  /// Of each block; kernels and what is behind them are those of all networks, filter behind filter, (G filters, ...), and of
  /// fully connected layers of several networks (G, filters, ...).
  let tensors: [TargetTensors]
  let statistics: Statistics
  let builder: GraphBuilder

  /// What has been appended so far.
  private struct Activations {
    var name: String
    var shape: ImageShape
    /// Whether (images, numbers) or, of several networks, (networks, images, numbers), instead of (images, channels, rows, columns).
    var isRows = false
    /// Whether it is the same for all networks.
    var isShared = true
    /// Index of the next block.
    var block = 0
    /// What normalizations saw, where it is measured.
    var moments: [Int: Moments] = [:]
  }

  /// From `inputs`, (images, channels, rows, columns) or of one pixel (images, channels), to logits, (images, classes), or of several networks
  /// (networks, images, classes).
  func append(inputs: String) -> String {
    var activations = Activations(
      name: inputs, shape: architecture.input, isRows: architecture.input.isRow)
    for layer in architecture.layers { append(layer, to: &activations) }
    return activations.name
  }

  /// As ``append(inputs:)``, as far as the last normalization: the statistics that they all used, by their blocks' indices.
  func measure(inputs: String) -> [Int: Moments] {
    var activations = Activations(
      name: inputs, shape: architecture.input, isRows: architecture.input.isRow)
    let count = architecture.blocks.count { $0.isNormalized }
    for layer in architecture.layers where activations.moments.count < count {
      append(layer, to: &activations)
    }
    return activations.moments
  }

  private func append(_ layer: TargetLayer, to activations: inout Activations) {
    switch layer {
    case .convolution(let filters, let size, let stride, let padding):
      convolve(
        &activations, filters: filters,
        geometry: geometry(size, stride, padding, activations.shape))
    case .normalization: normalize(&activations)
    case .fullyConnected(let outputs): connect(&activations, outputs: outputs)
    case .relu: activations.name = builder.add("Relu", [activations.name])
    case .leakyReLU(let slope):
      activations.name = builder.add("LeakyRelu", [activations.name], ["alpha": .float(slope)])
    case .tanh: activations.name = builder.add("Tanh", [activations.name])
    case .maxPool(let size, let stride): pool(&activations, "MaxPool", size: size, stride: stride)
    case .averagePool(let size, let stride):
      pool(&activations, "AveragePool", size: size, stride: stride)
    case .globalAveragePool:
      makeImages(&activations)
      activations.name = builder.add("GlobalAveragePool", [activations.name])
      (activations.shape.height, activations.shape.width) = (1, 1)
    case .residual(let layers):
      let before = activations
      for layer in layers { append(layer, to: &activations) }
      activations.name = builder.add(
        "Add",
        [
          activations.name,
          shortcut(from: before, to: activations.shape, stride: TargetLayer.stride(of: layers)),
        ])
    }
  }

  // MARK: Layers with weights

  /// Calls `body` with the next block and its tensors.
  private func withBlock(
    _ activations: inout Activations,
    _ body: (inout Activations, TargetArchitecture.Block, TargetTensors) -> Void
  ) {
    let index = activations.block
    activations.block += 1
    builder.within(architecture.blocks[index].name) {
      body(&activations, architecture.blocks[index], tensors[index])
    }
  }

  private func convolve(
    _ activations: inout Activations, filters: Int, geometry: ConvolutionGeometry
  ) {
    makeImages(&activations)
    withBlock(&activations) { activations, block, tensors in
      var inputs = [activations.name, tensors.kernel]
      if case .bias(let bias) = tensors.tail { inputs.append(bias) }
      activations.name = builder.add(
        "Conv", inputs,
        [
          "kernel_shape": .integers(geometry.kernel), "strides": .integers(geometry.stride),
          "pads": .integers(geometry.paddingBefore + geometry.paddingBehind),
          "group": .integer(activations.isShared ? 1 : networkCount),
        ])
      activations.shape = block.output
      activations.isShared = false
    }
  }

  /// Of the convolution just before.
  private func normalize(_ activations: inout Activations) {
    let index = activations.block - 1
    guard case .normalization(let scale, let shift) = tensors[index].tail else {
      preconditionFailure("TargetGraph: \(architecture.blocks[index].name) is not normalized")
    }
    builder.within(architecture.blocks[index].name) {
      let moments =
        switch statistics {
        case .given(let all): all[index]!
        case .measured: measure(activations.name)
        }
      activations.moments[index] = moments
      activations.name = builder.add(
        "BatchNormalization",
        [activations.name, scale, shift, moments.mean, moments.variance],
        ["epsilon": .float(Float(Normalization.epsilon))])
    }
  }

  /// Of each channel over images and pixels; the biased variance.
  private func measure(_ images: String) -> Moments {
    let mean = builder.mean(images, axes: [0, 2, 3], keeps: true)
    let difference = builder.add("Sub", [images, mean])
    return Moments(
      mean: builder.reshape(mean, [-1]),
      variance: builder.mean(
        builder.add("Mul", [difference, difference]), axes: [0, 2, 3], keeps: false))
  }

  private func connect(_ activations: inout Activations, outputs: Int) {
    makeRows(&activations)
    withBlock(&activations) { activations, block, tensors in
      guard case .bias(let bias) = tensors.tail else {
        preconditionFailure("TargetGraph: \(block.name) has no bias")
      }
      if networkCount == 1 {
        activations.name = builder.add(
          "Gemm", [activations.name, tensors.kernel, bias], ["transB": .integer(1)])
      } else {
        let product = builder.add(
          "MatMul", [activations.name, builder.transpose(tensors.kernel, [0, 2, 1])])
        activations.name = builder.add("Add", [product, builder.insertAxis(bias, at: 1)])
      }
      activations.shape = block.output
      activations.isShared = false
    }
  }

  // MARK: Layers without

  private func pool(
    _ activations: inout Activations, _ operation: String, size: Int, stride: Int
  ) {
    makeImages(&activations)
    activations.name = builder.add(
      operation, [activations.name],
      ["kernel_shape": .integers([size, size]), "strides": .integers([stride, stride])])
    for side in [\ImageShape.height, \.width] {
      activations.shape[keyPath: side] = TargetArchitecture.outputs(
        activations.shape[keyPath: side], size: size, stride: stride, padding: .valid)
    }
  }

  /// Every stride-th row and column of a residual block's input, and zeros for the channels that it lacks.
  private func shortcut(from input: Activations, to shape: ImageShape, stride: Int) -> String {
    var name = input.name
    if stride > 1 {
      name = builder.add(
        "Slice",
        [
          name, builder.integers([0, 0]),
          builder.integers([input.shape.height, input.shape.width]),
          builder.integers([2, 3]), builder.integers([stride, stride]),
        ])
    }
    let missing = shape.channels - input.shape.channels
    guard missing > 0 else { return name }
    // The channels of each network lie together.
    let groups = builder.reshape(
      name, [-1, networkCount, input.shape.channels, shape.height, shape.width])
    let padded = builder.add(
      "Pad", [groups, builder.integers([0, 0, 0, 0, 0, 0, 0, missing, 0, 0])])
    return builder.reshape(padded, [-1, networkCount * shape.channels, shape.height, shape.width])
  }

  // MARK: Shapes

  private func geometry(
    _ size: Int, _ stride: Int, _ padding: TargetLayer.Padding, _ shape: ImageShape
  ) -> ConvolutionGeometry {
    switch padding {
    case .valid: ConvolutionGeometry(validKernel: size, stride: stride)
    case .zeros(let count): ConvolutionGeometry(kernel: size, stride: stride, padding: count)
    case .same:
      ConvolutionGeometry(
        sameKernel: size, stride: stride, height: shape.height, width: shape.width)
    }
  }

  /// Whether activations have an axis of networks where they are rows.
  private func isStacked(_ activations: Activations) -> Bool {
    networkCount > 1 && !activations.isShared
  }

  private func makeRows(_ activations: inout Activations) {
    guard !activations.isRows else { return }
    activations.isRows = true
    guard isStacked(activations) else {
      activations.name = builder.add("Flatten", [activations.name], ["axis": .integer(1)])
      return
    }
    let rows = builder.reshape(activations.name, [-1, networkCount, activations.shape.count])
    activations.name = builder.transpose(rows, [1, 0, 2])
  }

  private func makeImages(_ activations: inout Activations) {
    guard activations.isRows else { return }
    activations.isRows = false
    var (name, channels) = (activations.name, activations.shape.channels)
    if isStacked(activations) {
      (name, channels) = (builder.transpose(name, [1, 0, 2]), networkCount * channels)
    }
    activations.name = builder.reshape(name, [-1, channels, 1, 1])
  }
}
