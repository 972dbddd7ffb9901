// Images to train and to measure with.

import Numerics

/// Images of one shape with a label each, held as the bytes their files have.
public struct LabeledImages: Sendable {
  public let shape: ImageShape
  /// Labels are 0 ..< classCount.
  public let classCount: Int
  /// One of 0 ..< classCount for each image.
  public let labels: [UInt8]
  /// What images are normalized by when they are copied; nil: to [0, 1].
  public private(set) var normalization: ChannelNormalization?

  private let storage: Storage

  /// Where the bytes are, count x channel x row x column.
  private enum Storage: Sendable {
    case memory([UInt8])
    /// Records of mapped files, from number `first` on.
    case records(MappedRecords, first: Int)
  }

  public var count: Int { labels.count }

  public init(shape: ImageShape, classCount: Int, pixels: [UInt8], labels: [UInt8]) {
    precondition(
      pixels.count == labels.count * shape.count,
      "LabeledImages: \(pixels.count) pixels for \(labels.count) images of \(shape)")
    self.shape = shape
    self.classCount = classCount
    self.labels = labels
    storage = .memory(pixels)
  }

  /// The images of `range` of the records of `files`.
  init(shape: ImageShape, classCount: Int, files: MappedRecords, range: Range<Int>) {
    self.shape = shape
    self.classCount = classCount
    labels = range.map { files.label(of: $0) }
    storage = .records(files, first: range.lowerBound)
  }

  /// The same images, normalized by `normalization` when they are copied.
  public func normalized(by normalization: ChannelNormalization) -> LabeledImages {
    var images = self
    images.normalization = normalization
    return images
  }

  /// Calls `body` with image `index`'s bytes, channel x row x column, 0 ... 255.
  @inline(__always)
  public func withBytes<Result>(
    of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    precondition(index >= 0 && index < count, "LabeledImages: image \(index) of \(count)")
    switch storage {
    case .memory(let pixels):
      return pixels.withUnsafeBufferPointer {
        body(UnsafeBufferPointer(rebasing: $0[index * shape.count..<(index + 1) * shape.count]))
      }
    case .records(let files, let first): return body(files.pixels(of: first + index))
    }
  }

  /// Overwrites `values` (channel x row x column) with image `index`, changed by `change`, scaled to
  /// [0, 1] (byte / 255, correctly rounded) or normalized. What a change moves in from outside is
  /// black. Allocates nothing; reads `shape.count` bytes.
  public func copyImage(
    _ index: Int, into values: FloatView, change: ImageChange = ImageChange()
  ) {
    precondition(
      values.count == shape.count, "LabeledImages: \(shape) image into \(values.count) elements")
    withBytes(of: index) { bytes in
      if change == ImageChange() {
        for pixel in 0..<values.count { values[pixel] = Float(bytes[pixel]) / 255 }
      } else {
        change.copy(bytes, shape, into: values)
      }
    }
    normalization?.apply(to: values)
  }
}
