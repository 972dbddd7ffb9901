// Images of another kind than a network was trained for.

import Datasets
import Numerics

/// Where the images come from that `evaluate --ood` sets against a split of the trained data set.
public enum OutlierSource: Sendable, Equatable {
  /// Every pixel uniform on 0 ... 255, of floats on the range of the split's channel; as many images as the split has.
  case noise
  /// The split's own images, turned by 90 degrees counterclockwise.
  case rotated
  /// The test images of another data set.
  case set(name: String)

  /// What may be asked for.
  public static var names: [String] { ["noise", "rotated"] + DatasetCatalog.names }

  /// nil for a name not among ``names``.
  public init?(name: String) {
    switch name {
    case "noise": self = .noise
    case "rotated": self = .rotated
    default:
      guard Self.names.contains(name) else { return nil }
      self = .set(name: name)
    }
  }

  /// The images, scaled as those of `split`, of the data set `trained`. Throws where they do not fit the
  /// networks. Local.
  public func images(against split: LabeledImages, of trained: String, dataDirectory: String?)
    throws -> LabeledImages
  {
    let shape = split.shape
    let images: LabeledImages
    switch self {
    case .noise: images = Self.noise(like: split)
    case .rotated:
      guard shape.height == shape.width else {
        throw OutlierError("--ood rotated: images of \(shape) are not square; take --ood noise")
      }
      images = Self.rotated(split)
    case .set(let name):
      guard name != trained else {
        throw OutlierError(
          "--ood \(name): that is the data set the networks were trained on; name another one, "
            + "or noise or rotated")
      }
      let description = try DatasetCatalog.describe(name: name)
      guard description.shape == shape else {
        throw OutlierError(
          "--ood \(name): its images are \(description.shape), the networks take \(shape); name a data "
            + "set of that shape, or noise or rotated")
      }
      guard split.hasBytes else {
        throw OutlierError(
          "--ood \(name): its images are bytes, the networks take numbers of other sizes; take noise or "
            + "rotated")
      }
      images = try DatasetCatalog.load(
        name: name, dataDirectory: dataDirectory,
        validationCount: description.defaultValidationCount
      ).test
    }
    return split.normalization.map { images.normalized(by: $0) } ?? images
  }

  private static func noise(like split: LabeledImages) -> LabeledImages {
    guard split.hasBytes else { return noiseOfFloats(like: split) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(split.count * split.shape.count)
    for image in 0..<split.count {
      let random = CounterRandom(seed: 0, purpose: .outliers, major: image)
      for pixel in 0..<split.shape.count {
        let block = random.bits(pixel / 4)
        pixels.append(UInt8(block[pixel % 4] >> 24))
      }
    }
    return LabeledImages(
      shape: split.shape, classCount: split.classCount, pixels: pixels,
      labels: [ClassLabel](repeating: 0, count: split.count))
  }

  private static func noiseOfFloats(like split: LabeledImages) -> LabeledImages {
    let (size, plane) = (split.shape.count, split.shape.height * split.shape.width)
    let values = split.normalized(by: nil).pixels(first: split.count)
    var least = [Float](repeating: .infinity, count: split.shape.channels)
    var most = [Float](repeating: -.infinity, count: split.shape.channels)
    for place in 0..<split.count * size {
      let channel = place % size / plane
      least[channel] = min(least[channel], values.view[place])
      most[channel] = max(most[channel], values.view[place])
    }
    for image in 0..<split.count {
      let own = values.view.slice(image * size, size)
      CounterRandom(seed: 0, purpose: .outliers, major: image).fillUniform(own, low: 0, high: 1)
      for pixel in 0..<size {
        let channel = pixel / plane
        own[pixel] = least[channel] + own[pixel] * (most[channel] - least[channel])
      }
    }
    return LabeledImages(shape: split.shape, values: values.view.array, answers: split.answers)
  }

  /// Row r, column c of the result is row c, column side - 1 - r of the image.
  static func rotated(_ split: LabeledImages) -> LabeledImages {
    let side = split.shape.height
    guard split.hasBytes else { return rotatedFloats(split) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(split.count * split.shape.count)
    for image in 0..<split.count {
      split.withBytes(of: image) { bytes in
        for channel in 0..<split.shape.channels {
          for row in 0..<side {
            for column in 0..<side {
              pixels.append(bytes[(channel * side + column) * side + side - 1 - row])
            }
          }
        }
      }
    }
    return LabeledImages(
      shape: split.shape, classCount: split.classCount, pixels: pixels, labels: split.labels)
  }

  private static func rotatedFloats(_ split: LabeledImages) -> LabeledImages {
    let (side, size) = (split.shape.height, split.shape.count)
    let values = split.normalized(by: nil).pixels(first: split.count)
    let turned = (0..<split.count * size).map { place in
      let (rows, column) = place.quotientAndRemainder(dividingBy: side)
      let (plane, row) = rows.quotientAndRemainder(dividingBy: side)
      return values.view[(plane * side + column) * side + side - 1 - row]
    }
    return LabeledImages(shape: split.shape, values: turned, answers: split.answers)
  }
}
