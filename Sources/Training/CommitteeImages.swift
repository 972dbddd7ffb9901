// The training images that a committee's networks see.

import TargetNetworks

/// One committee's images, and which of a rank's samples are its members.
struct CommitteeImages: Sendable {
  let images: SharedImages
  /// Local samples.
  let members: Range<Int>

  /// Of the committees of `committee` samples in a row that have members among `samples`.
  static func all(
    of samples: Range<Int>, committee: Int, _ target: TargetArchitecture, imageCount: Int
  ) throws -> [CommitteeImages] {
    var all: [CommitteeImages] = []
    var first = samples.lowerBound
    while first < samples.upperBound {
      let end = min(samples.upperBound, (first / committee + 1) * committee)
      all.append(
        CommitteeImages(
          images: try SharedImages(architecture: target, imageCount: imageCount),
          members: first - samples.lowerBound..<end - samples.lowerBound))
      first = end
    }
    return all
  }
}
