// Images of mean 0 and variance 1 in each channel.

import Numerics

/// x' = (x - mean_c) / deviation_c for each channel c: x in [0, 1] where images are bytes, as the file has it where they are
/// floats. Of targets, each output is a channel.
public struct ChannelNormalization: Sendable, Equatable {
  public let means: [Float]
  public let deviations: [Float]

  public init(means: [Float], deviations: [Float]) {
    precondition(
      means.count == deviations.count, "\(means.count) means, \(deviations.count) deviations")
    self.means = means
    self.deviations = deviations
  }

  /// Mean and standard deviation of each channel over all images; a channel that does not vary has
  /// deviation 1. Of bytes from exact sums, so the same on every machine. Cost: one read of all images.
  public init(of images: LabeledImages) {
    if images.hasBytes {
      self.init(ofBytes: images)
    } else {
      let plane = images.shape.height * images.shape.width
      self.init(channels: images.shape.channels, plane: plane, count: images.count) {
        images.floats(of: $0)!
      }
    }
  }

  /// Mean and standard deviation of each number to predict; one that does not vary has deviation 1.
  public init(of targets: TargetValues) {
    self.init(channels: targets.outputCount, plane: 1, count: targets.count) { targets.row($0) }
  }

  /// Sums in Double, in the rows' order, of distances from the first row's numbers, which leaves small deviations of large
  /// numbers their digits.
  private init(
    channels: Int, plane: Int, count: Int, row: (Int) -> UnsafeBufferPointer<Float>
  ) {
    guard count > 0 else {
      self.init(
        means: [Float](repeating: 0, count: channels),
        deviations: [Float](repeating: 1, count: channels))
      return
    }
    let origins = (0..<channels).map { Double(row(0)[$0 * plane]) }
    var sums = [Double](repeating: 0, count: channels)
    var squares = sums
    for index in 0..<count {
      let values = row(index)
      for channel in 0..<channels {
        for place in channel * plane..<(channel + 1) * plane {
          let distance = Double(values[place]) - origins[channel]
          sums[channel] += distance
          squares[channel] += distance * distance
        }
      }
    }
    let total = Double(count * plane)
    let moments = (0..<channels).map { channel in
      let mean = sums[channel] / total
      return (mean: origins[channel] + mean, variance: squares[channel] / total - mean * mean)
    }
    self.init(
      means: moments.map { Float($0.mean) },
      deviations: moments.map {
        let deviation = Float(max(0, $0.variance).squareRoot())
        return deviation.isNormal ? deviation : 1
      })
  }

  private init(ofBytes images: LabeledImages) {
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
