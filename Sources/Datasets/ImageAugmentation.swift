// Random changes to training images.

import Numerics

/// How training images are changed each time they are seen.
public enum ImageAugmentation: String, Sendable, Equatable, CaseIterable {
  case none
  /// A random crop of the image with four black pixels around it, mirrored every other time.
  case cropFlip = "crop-flip"
  /// The image moved by up to two pixels in each direction, black where nothing comes from.
  case shift

  /// The most pixels an image is moved, each way.
  private var reach: Int {
    switch self {
    case .none: 0
    case .cropFlip: 4
    case .shift: 2
    }
  }

  /// The change of the image at `position` of a sample's images in a step: a function of these and the
  /// seed, so that it is the same on any rank.
  public func change(seed: UInt64, step: Int, sample: Int, position: Int) -> ImageChange {
    if self == .none { return ImageChange() }
    let bits = CounterRandom(seed: seed, purpose: .augmentation, major: step, minor: sample)
      .bits(position)
    let span = UInt64(2 * reach + 1)
    func shift(_ bits: UInt32) -> Int { Int((UInt64(bits) * span) >> 32) - reach }
    return ImageChange(
      rowShift: shift(bits.x), columnShift: shift(bits.y),
      isMirrored: self == .cropFlip && bits.z & 1 == 1)
  }
}
