// One layer of a target network.

/// One layer of a target network. Weights are not part of it: a hypernetwork supplies them.
public indirect enum TargetLayer: Sendable, Equatable {
  public enum Padding: Sendable, Equatable {
    /// Zeros around the image, so that stride 1 keeps its size: ceil(size / stride) outputs.
    case same
    /// No padding: floor((size - kernel) / stride) + 1 outputs.
    case valid
    /// So many zeros on every side: floor((size + 2 zeros - kernel) / stride) + 1 outputs.
    case zeros(Int)
  }

  /// `filters` filters of `size` x `size` on all input channels, with a bias each unless a
  /// normalization follows.
  case convolution(filters: Int, size: Int, stride: Int, padding: Padding)
  /// Batch normalization of the convolution just before: (x - mean) / sqrt(variance + 1e-5) * scale +
  /// shift in each channel, scale and shift being part of that convolution's filters in the bias' place.
  /// Training takes mean and variance of the network's own images; later runs those of a pass over the
  /// training set.
  case normalization
  /// `outputs` linear units with a bias each, on the flattened (channel, row, column) input.
  case fullyConnected(outputs: Int)
  case relu
  /// x above 0, slope * x below.
  case leakyReLU(slope: Float)
  case tanh
  /// The largest of each `size` x `size` window, windows `stride` apart, no padding.
  case maxPool(size: Int, stride: Int)
  /// The mean of each `size` x `size` window, windows `stride` apart, no padding.
  case averagePool(size: Int, stride: Int)
  /// The mean of each channel.
  case globalAveragePool
  /// The input is added to the output of these layers, which are convolutions, normalizations and ReLU
  /// and end in a normalization. Where they shrink the image, every stride-th row and column of the input is
  /// taken; channels that the input lacks get nothing.
  case residual([TargetLayer])

  /// Rows and columns of what these layers read for one of what they give.
  package static func stride(of layers: [TargetLayer]) -> Int {
    layers.reduce(1) { product, layer in
      if case .convolution(_, _, let stride, _) = layer { product * stride } else { product }
    }
  }

  /// A stage of a residual network for small images (He, Zhang, Ren, Sun 2016): `blocks` blocks of
  /// two 3x3 convolutions, the first of them `stride` apart, each followed by ReLU.
  public static func residualStage(blocks: Int, filters: Int, stride: Int) -> [TargetLayer] {
    (0..<blocks).flatMap { block -> [TargetLayer] in
      [
        .residual([
          .convolution(
            filters: filters, size: 3, stride: block == 0 ? stride : 1, padding: .zeros(1)),
          .normalization, .relu,
          .convolution(filters: filters, size: 3, stride: 1, padding: .zeros(1)), .normalization,
        ]), .relu,
      ]
    }
  }

  /// A residual network of 6 n + 2 layers for small images: `width`, 2 `width` and 4 `width` filters
  /// in stages of n blocks.
  public static func residualNetwork(blocksPerStage n: Int, width: Int, classCount: Int)
    -> [TargetLayer]
  {
    [.convolution(filters: width, size: 3, stride: 1, padding: .zeros(1)), .normalization, .relu]
      + residualStage(blocks: n, filters: width, stride: 1)
      + residualStage(blocks: n, filters: 2 * width, stride: 2)
      + residualStage(blocks: n, filters: 4 * width, stride: 2)
      + [.globalAveragePool, .fullyConnected(outputs: classCount)]
  }
}
