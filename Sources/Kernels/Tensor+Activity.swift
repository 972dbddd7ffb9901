// Which channels of an output are more than zeros.

import Numerics

extension Tensor {
  /// Sets `flags`, one for each of the first channels, to 1 where a channel is above 0 somewhere in the first
  /// `imageCount` images, and leaves the others. Of tensors (image, channel, ...) of `Float`. Cost: one read of these images.
  public func markPositiveChannels(of imageCount: Int, in flags: VectorView<UInt8>) {
    let channels = shape[1]
    let pixels = shape.dropFirst(2).reduce(1, *)
    precondition(
      imageCount <= shape[0] && flags.count <= channels,
      "markPositiveChannels: \(imageCount) images and \(flags.count) channels of \(shape)")
    if descriptor.isLanes16 { return markPositiveLanes(of: imageCount, in: flags) }
    for image in 0..<imageCount {
      if descriptor.isBlocked16 {
        for block in 0..<(flags.count + 15) / 16 {
          let largest = maxima(at: (image * channels / 16 + block) * pixels * 16, pixels: pixels)
          for lane in 0..<min(16, flags.count - 16 * block) where largest[lane] > 0 {
            flags[16 * block + lane] = 1
          }
        }
      } else {
        for channel in 0..<flags.count where flags[channel] == 0 {
          if isPositive(image, channel, pixels) { flags[channel] = 1 }
        }
      }
    }
  }

  /// The largest of each of sixteen channels or images over `pixels` vectors from `offset` on.
  private func maxima(at offset: Int, pixels: Int) -> SIMD16<Float> {
    let plane = values.slice(offset, 16 * pixels)
    var largest = SIMD16<Float>.zero
    for pixel in 0..<pixels {
      let value = plane.vector16(at: 16 * pixel)
      largest.replace(with: value, where: value .> largest)
    }
    return largest
  }

  private func markPositiveLanes(of imageCount: Int, in flags: VectorView<UInt8>) {
    let pixels = shape[2] * shape[3]
    for block in 0..<(imageCount + 15) / 16 {
      for channel in 0..<flags.count {
        let largest = maxima(at: (block * shape[1] + channel) * pixels * 16, pixels: pixels)
        for lane in 0..<min(16, imageCount - 16 * block) where largest[lane] > 0 {
          flags[channel] = 1
        }
      }
    }
  }

  private func isPositive(_ image: Int, _ channel: Int, _ pixels: Int) -> Bool {
    if descriptor.isPlain {
      let plane = values.slice((image * shape[1] + channel) * pixels, pixels)
      return (0..<pixels).contains { plane[$0] > 0 }
    }
    let width = shape[shape.count - 1]
    return (0..<pixels).contains { pixel in
      values[descriptor.position(of: [image, channel, pixel / width, pixel % width])] > 0
    }
  }
}
