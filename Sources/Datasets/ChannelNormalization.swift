// Images of mean 0 and variance 1 in each channel.

import Numerics

/// x' = (x - mean_c) / deviation_c for each channel c, x in [0, 1].
public struct ChannelNormalization: Sendable, Equatable {
  public let means: [Float]
  public let deviations: [Float]

  /// Mean and standard deviation of each channel over all images; a channel that does not vary has
  /// deviation 1. From exact sums of bytes, so the same on every machine. Cost: one read of all images.
  public init(of images: LabeledImages) {
    let plane = images.shape.height * images.shape.width
    var sums = [Int](repeating: 0, count: images.shape.channels)
    var squares = sums
    for index in 0..<images.count {
      images.withBytes(of: index) { bytes in
        for channel in sums.indices {
          var (sum, square) = (0, 0)
          for pixel in channel * plane..<(channel + 1) * plane {
            let value = Int(bytes[pixel])
            sum += value
            square += value * value
          }
          sums[channel] += sum
          squares[channel] += square
        }
      }
    }
    let count = Double(max(1, images.count * plane))
    let moments = zip(sums, squares).map { sum, square in
      let mean = Double(sum) / count
      return (mean: mean, variance: Double(square) / count - mean * mean)
    }
    means = moments.map { Float($0.mean / 255) }
    deviations = moments.map { $0.variance > 0 ? Float($0.variance.squareRoot() / 255) : 1 }
  }

  /// Normalizes one image, channel x row x column, in place.
  func apply(to values: FloatView) {
    let plane = values.count / means.count
    for channel in means.indices {
      let (mean, factor) = (means[channel], 1 / deviations[channel])
      for pixel in channel * plane..<(channel + 1) * plane {
        values[pixel] = (values[pixel] - mean) * factor
      }
    }
  }
}
