// Labelled images in memory, and a data set's three splits.

import TensorCore

/// Images of one shape with a label each, held as the bytes their files have.
public struct LabeledImages: Sendable {
  public let shape: ImageShape
  /// Labels are 0 ..< classCount.
  public let classCount: Int
  /// count x channel x row x column, 0 ... 255.
  public let pixels: [UInt8]
  /// One of 0 ..< classCount for each image.
  public let labels: [UInt8]

  public var count: Int { labels.count }

  public init(shape: ImageShape, classCount: Int, pixels: [UInt8], labels: [UInt8]) {
    precondition(
      pixels.count == labels.count * shape.count,
      "LabeledImages: \(pixels.count) pixels for \(labels.count) images of \(shape)")
    self.shape = shape
    self.classCount = classCount
    self.pixels = pixels
    self.labels = labels
  }

  /// Overwrites `values` (channel x row x column) with image `index`, scaled to [0, 1]: byte / 255,
  /// correctly rounded. Allocates nothing; reads `shape.count` bytes.
  public func copyImage(_ index: Int, into values: FloatView) {
    precondition(index >= 0 && index < count, "LabeledImages: image \(index) of \(count)")
    precondition(
      values.count == shape.count, "LabeledImages: \(shape) image into \(values.count) elements")
    let first = index * shape.count
    pixels.withUnsafeBufferPointer { bytes in
      for pixel in 0..<values.count { values[pixel] = Float(bytes[first + pixel]) / 255 }
    }
  }
}

/// A data set, split into images to train on, to choose by, and to report on.
public struct Dataset: Sendable {
  /// One of ``DatasetCatalog/names``.
  public let name: String
  public let training: LabeledImages
  public let validation: LabeledImages
  public let test: LabeledImages
  /// The folder it was read from, or `drawn by the program`.
  public let location: String

  public init(
    name: String, training: LabeledImages, validation: LabeledImages, test: LabeledImages,
    location: String
  ) {
    self.name = name
    self.training = training
    self.validation = validation
    self.test = test
    self.location = location
  }
}
