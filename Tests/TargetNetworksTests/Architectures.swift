// Networks that the tests run.

import Kernels
import Numerics
import TargetNetworks

enum Architectures {
  static func mnist() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 1, height: 28, width: 28),
      layers: [
        .convolution(filters: 32, size: 5, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2),
        .convolution(filters: 16, size: 5, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 8), .relu,
        .fullyConnected(outputs: 10),
      ])
  }

  /// LeNet of CIFAR images, without padding.
  static func leNet() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 3, height: 32, width: 32),
      layers: [
        .convolution(filters: 6, size: 5, stride: 1, padding: .valid), .relu,
        .maxPool(size: 2, stride: 2),
        .convolution(filters: 16, size: 5, stride: 1, padding: .valid), .relu,
        .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 120), .relu,
        .fullyConnected(outputs: 84), .relu, .fullyConnected(outputs: 10),
      ])
  }

  /// Small networks, one for each way in which operators meet.
  static func small() throws -> [(name: String, architecture: TargetArchitecture)] {
    let grey = ImageShape(channels: 1, height: 12, width: 12)
    let color = ImageShape(channels: 3, height: 13, width: 11)
    let lists: [(String, ImageShape, [TargetLayer])] = [
      ("logistic", grey, [.fullyConnected(outputs: 10)]),
      ("perceptron", color, [.fullyConnected(outputs: 7), .relu, .fullyConnected(outputs: 4)]),
      (
        "like MNIST's", grey,
        [
          .convolution(filters: 32, size: 5, stride: 1, padding: .same), .relu,
          .maxPool(size: 2, stride: 2),
          .convolution(filters: 16, size: 5, stride: 1, padding: .same), .relu,
          .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 8), .relu,
          .fullyConnected(outputs: 10),
        ]
      ),
      (
        "like LeNet", color,
        [
          .convolution(filters: 6, size: 4, stride: 1, padding: .valid), .relu,
          .maxPool(size: 2, stride: 2),
          .convolution(filters: 16, size: 2, stride: 1, padding: .valid), .relu,
          .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 12), .relu,
          .fullyConnected(outputs: 9), .relu, .fullyConnected(outputs: 5),
        ]
      ),
      (
        "average pooling", color,
        [
          .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
          .averagePool(size: 2, stride: 2),
          .convolution(filters: 6, size: 3, stride: 1, padding: .same),
          .averagePool(size: 2, stride: 2), .relu, .fullyConnected(outputs: 10),
        ]
      ),
      (
        "convolution behind convolution", color,
        [
          .convolution(filters: 10, size: 3, stride: 2, padding: .same), .relu,
          .convolution(filters: 32, size: 3, stride: 1, padding: .same),
          .convolution(filters: 6, size: 3, stride: 2, padding: .same), .relu,
          .fullyConnected(outputs: 10),
        ]
      ),
      (
        "ReLU behind pooling", grey,
        [
          .convolution(filters: 16, size: 3, stride: 1, padding: .same),
          .maxPool(size: 2, stride: 2), .relu,
          .convolution(filters: 8, size: 3, stride: 1, padding: .same),
          .maxPool(size: 3, stride: 3), .relu, .fullyConnected(outputs: 10),
        ]
      ),
      (
        "overlapping and repeated pooling", color,
        [
          .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
          .maxPool(size: 3, stride: 2), .relu,
          .convolution(filters: 16, size: 1, stride: 1, padding: .valid),
          .maxPool(size: 2, stride: 2), .maxPool(size: 2, stride: 1), .relu,
          .fullyConnected(outputs: 3),
        ]
      ),
      (
        "pooling and ReLU of images", color,
        [
          .maxPool(size: 2, stride: 2), .relu,
          .convolution(filters: 5, size: 3, stride: 1, padding: .valid), .relu,
          .fullyConnected(outputs: 2),
        ]
      ),
      (
        "leaky ReLU, like LeNet", grey,
        [
          .convolution(filters: 6, size: 4, stride: 1, padding: .valid), .leakyReLU(slope: 0.25),
          .maxPool(size: 2, stride: 2),
          .convolution(filters: 16, size: 2, stride: 1, padding: .valid), .leakyReLU(slope: 0.25),
          .fullyConnected(outputs: 9), .leakyReLU(slope: 0.25), .fullyConnected(outputs: 5),
        ]
      ),
      (
        "leaky ReLU behind pooling", color,
        [
          .convolution(filters: 16, size: 2, stride: 1, padding: .valid),
          .maxPool(size: 2, stride: 2), .leakyReLU(slope: 0.5), .relu,
          .convolution(filters: 20, size: 2, stride: 1, padding: .valid), .leakyReLU(slope: 0.5),
          .averagePool(size: 2, stride: 2), .fullyConnected(outputs: 10),
        ]
      ),
      (
        "tanh of images side by side", grey,
        [
          .convolution(filters: 6, size: 4, stride: 1, padding: .valid), .tanh,
          .convolution(filters: 5, size: 2, stride: 1, padding: .valid), .tanh,
          .fullyConnected(outputs: 12), .tanh, .fullyConnected(outputs: 5),
        ]
      ),
      (
        "tanh of channels", color,
        [
          .convolution(filters: 18, size: 3, stride: 1, padding: .same), .tanh,
          .averagePool(size: 2, stride: 2),
          .convolution(filters: 6, size: 3, stride: 2, padding: .same), .tanh, .globalAveragePool,
          .fullyConnected(outputs: 7),
        ]
      ),
      (
        "features", ImageShape(channels: 13, height: 1, width: 1),
        [
          .fullyConnected(outputs: 20), .relu, .fullyConnected(outputs: 9), .relu,
          .fullyConnected(outputs: 3),
        ]
      ),
      (
        "tanh of features", ImageShape(channels: 13, height: 1, width: 1),
        [
          .fullyConnected(outputs: 20), .tanh, .fullyConnected(outputs: 9), .tanh,
          .fullyConnected(outputs: 3),
        ]
      ),
      (
        "1x1 behind fully connected", grey,
        [
          .fullyConnected(outputs: 20), .maxPool(size: 1, stride: 1), .relu,
          .convolution(filters: 9, size: 1, stride: 1, padding: .valid), .relu,
          .averagePool(size: 1, stride: 1), .fullyConnected(outputs: 6),
        ]
      ),
    ]
    return try lists.map { ($0, try TargetArchitecture(input: $1, layers: $2)) }
  }

  /// Networks with normalizations and residual blocks, of channel counts that fill no block of sixteen.
  static func normalized() throws -> [(name: String, architecture: TargetArchitecture)] {
    let grey = ImageShape(channels: 1, height: 12, width: 12)
    let color = ImageShape(channels: 3, height: 13, width: 11)
    func convolution(_ filters: Int, stride: Int = 1, size: Int = 3) -> TargetLayer {
      .convolution(filters: filters, size: size, stride: stride, padding: .zeros(size / 2))
    }
    let lists: [(String, ImageShape, [TargetLayer])] = [
      (
        "normalized chain", grey,
        [
          convolution(10, size: 5), .normalization, .relu, .maxPool(size: 2, stride: 2),
          convolution(20), .normalization, .maxPool(size: 2, stride: 2), .relu, convolution(7),
          .relu, .fullyConnected(outputs: 8), .relu, .fullyConnected(outputs: 5),
        ]
      ),
      (
        "residual blocks", color,
        [
          convolution(10), .normalization, .relu,
          .residual([convolution(10), .normalization, .relu, convolution(10), .normalization]),
          .relu,
          .residual([
            convolution(20, stride: 2), .normalization, .relu, convolution(20), .normalization,
          ]), .relu,
          .residual([convolution(20), .normalization]),
          .residual([convolution(36, stride: 3, size: 1), .normalization]), .relu,
          .globalAveragePool, .fullyConnected(outputs: 6),
        ]
      ),
      (
        "normalizations with tanh and leaky ReLU behind", color,
        [
          convolution(10), .normalization, .tanh, .averagePool(size: 2, stride: 2), convolution(7),
          .normalization, .leakyReLU(slope: 0.3), .fullyConnected(outputs: 5),
        ]
      ),
      (
        "ResNet-8", color,
        TargetLayer.residualNetwork(blocksPerStage: 1, width: 16, classCount: 4)
      ),
    ]
    return try lists.map { ($0, try TargetArchitecture(input: $1, layers: $2)) }
  }

  static func all() throws -> [TargetArchitecture] {
    try [mnist(), leNet()] + small().map(\.architecture)
  }
}
