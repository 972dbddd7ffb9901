// Shapes, counts and refusals of architectures.

import Numerics
import TargetNetworks
import Testing

@Suite struct TargetArchitectureTests {
  @Test func mnist() throws {
    let mnist = try Architectures.mnist()
    #expect(mnist.weightCount == 20_018)
    #expect(mnist.classCount == 10)
    #expect(mnist.blocks.map(\.name) == ["layer1", "layer2", "layer3", "layer4"])
    #expect(mnist.blocks.map(\.layerIndex) == [0, 3, 6, 8])
    #expect(mnist.blocks.map(\.offset) == [0, 832, 832 + 12_816, 832 + 12_816 + 6_280])
    #expect(mnist.blocks.map(\.count) == [832, 12_816, 6_280, 90])
    #expect(mnist.blocks.map(\.filterCount) == [32, 16, 8, 10])
    #expect(mnist.blocks.map(\.filterSize) == [26, 801, 785, 9])
    #expect(mnist.blocks.map(\.kernelShape) == [[1, 5, 5], [32, 5, 5], [784], [8]])
    #expect(mnist.blocks.map(\.inputChannelCount) == [1, 32, 16, 8])
    #expect(mnist.blocks.map(\.elementsPerChannel) == [25, 25, 49, 1])
    #expect(mnist.blocks[1].range == 832..<13_648)
    #expect(mnist.shapes.map(\.description).contains("16x7x7"))
    #expect(
      mnist.forwardFLOPsPerImage
        == 2 * (32 * 25 * 784 + 16 * 800 * 196 + 8 * 784 + 10 * 8))
    #expect(
      mnist.trainingFLOPsPerImage == 3 * mnist.forwardFLOPsPerImage - 2 * 32 * 25 * 784)
  }

  @Test func leNet() throws {
    let leNet = try Architectures.leNet()
    #expect(leNet.weightCount == 62_006)
    #expect(leNet.blocks.map(\.count) == [456, 2_416, 48_120, 10_164, 850])
    #expect(leNet.blocks.map(\.kernelShape) == [[3, 5, 5], [6, 5, 5], [400], [120], [84]])
    #expect(
      leNet.shapes.filter { $0.height > 1 }.map(\.description) == [
        "6x28x28", "6x28x28", "6x14x14", "16x10x10", "16x10x10", "16x5x5",
      ])
  }

  @Test func blocksAreContiguous() throws {
    for architecture in try Architectures.all() {
      var end = 0
      for block in architecture.blocks {
        #expect(block.offset == end)
        #expect(block.count == block.filterCount * (block.kernelShape.reduce(1, *) + 1))
        #expect(block.kernelCount == block.kernelShape.reduce(1, *))
        end = block.range.upperBound
      }
      #expect(end == architecture.weightCount)
      #expect(architecture.shapes.count == architecture.layers.count)
    }
  }

  @Test(
    arguments: [
      ([], "target.layers: the last layer must be fullyConnected (the logits)"),
      (
        [.fullyConnected(outputs: 10), .relu],
        "target.layers: the last layer must be fullyConnected (the logits)"
      ),
      (
        [
          .convolution(filters: 0, size: 3, stride: 1, padding: .same), .fullyConnected(outputs: 2),
        ],
        "target.layers[0]: filters, size and stride must be at least 1"
      ),
      (
        [.relu, .convolution(filters: 2, size: 9, stride: 1, padding: .valid)],
        "target.layers[1]: size 9 does not fit into an image of 3x8x7"
      ),
      (
        [.convolution(filters: 2, size: 3, stride: 0, padding: .same)],
        "target.layers[0]: filters, size and stride must be at least 1"
      ),
      ([.fullyConnected(outputs: 0)], "target.layers[0]: outputs must be at least 1"),
      ([.maxPool(size: 2, stride: 0)], "target.layers[0]: size and stride must be at least 1"),
      (
        [.averagePool(size: 4, stride: 4), .averagePool(size: 2, stride: 2)],
        "target.layers[1]: size 2 does not fit into an image of 3x2x1"
      ),
      (
        [
          .fullyConnected(outputs: 5), .convolution(filters: 2, size: 3, stride: 1, padding: .same),
          .fullyConnected(outputs: 2),
        ], "target.layers[1]: a convolution of size 3 behind a fully connected layer"
      ),
    ] as [([TargetLayer], String)])
  func invalid(layers: [TargetLayer], message: String) {
    let error = #expect(throws: TargetArchitecture.Invalid.self) {
      _ = try TargetArchitecture(
        input: ImageShape(channels: 3, height: 8, width: 7), layers: layers)
    }
    #expect(error?.description == message)
    #expect(error?.exitStatus == .badRequest)
  }

  /// What filters may be multiplied by behind each activation, and how large they begin.
  @Test func activationsAndTheirSymmetries() throws {
    let convolution = TargetLayer.convolution(filters: 4, size: 3, stride: 1, padding: .same)
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 2, height: 8, width: 8),
      layers: [
        convolution, .relu, convolution, .leakyReLU(slope: 0.5), convolution, .tanh,
        .averagePool(size: 2, stride: 2), convolution, .tanh, .maxPool(size: 2, stride: 2),
        .fullyConnected(outputs: 5), .leakyReLU(slope: 0.5), .tanh, .fullyConnected(outputs: 4),
        .fullyConnected(outputs: 3),
      ])
    let blocks = architecture.blocks
    #expect(blocks.map(\.commutesWithScale) == [true, true, false, false, false, true, true])
    #expect(blocks.map(\.commutesWithSign) == [false, false, true, false, false, true, true])
    #expect(blocks.map(\.activationGain) == [2, 1.6, 1, 1, 1, 2, 2])
    for slope: Float in [-0.1, 1.5, .nan] {
      #expect(throws: TargetArchitecture.Invalid.self) {
        try TargetArchitecture(
          input: ImageShape(channels: 3, height: 1, width: 1),
          layers: [.leakyReLU(slope: slope), .fullyConnected(outputs: 2)])
      }
    }
    #expect(throws: TargetArchitecture.Invalid.self) {
      try TargetArchitecture(
        input: ImageShape(channels: 4, height: 8, width: 8),
        layers: [
          convolution, .normalization, .tanh, .residual([convolution, .normalization]),
          .fullyConnected(outputs: 2),
        ])
    }
  }
}
