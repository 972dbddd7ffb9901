// Images to train and to measure with.

import Numerics

/// Inputs of one shape with an answer each, held as the bytes or floats their files have. An image may be a row of features:
/// then each feature is a channel of one pixel.
public struct LabeledImages: Sendable {
  public let shape: ImageShape
  /// What is asked of each image; targets have a normalization of their own.
  public private(set) var answers: Answers
  /// What images are normalized by when they are copied; nil: bytes to [0, 1], floats by nothing.
  public private(set) var normalization: ChannelNormalization?

  private let storage: Storage

  /// Where the numbers are, count x channel x row x column.
  private enum Storage: Sendable {
    case memory([UInt8])
    /// Records of mapped files, from number `first` on.
    case records(MappedRecords, first: Int)
    case bytes(StoredRows<UInt8>, RowChoice)
    case floats(StoredRows<Float>, RowChoice)
  }

  public var count: Int { answers.count }

  /// One of 0 ..< classCount for each image. Only where classes are asked for.
  public var labels: [ClassLabel] {
    guard case .labels(let labels, _) = answers else {
      preconditionFailure("LabeledImages: targets have no labels")
    }
    return labels
  }

  /// Labels are 0 ..< classCount. Only where classes are asked for.
  public var classCount: Int {
    guard case .labels(_, let classCount) = answers else {
      preconditionFailure("LabeledImages: targets have no classes")
    }
    return classCount
  }

  /// The numbers to predict; nil where classes are asked for.
  public var targets: TargetValues? {
    if case .targets(let targets) = answers { targets } else { nil }
  }

  /// The class of image `index`. Only where classes are asked for.
  @inline(__always)
  public func label(_ index: Int) -> ClassLabel {
    guard case .labels(let labels, _) = answers else {
      preconditionFailure("LabeledImages: targets have no labels")
    }
    return labels[index]
  }

  /// Overwrites `values` with the numbers to predict of image `index`, normalized. Only where numbers are asked for.
  public func copyTargets(_ index: Int, into values: FloatView) {
    guard case .targets(let targets) = answers else {
      preconditionFailure("LabeledImages: classes are no numbers")
    }
    targets.copy(index, into: values)
  }

  /// Whether images are bytes, 0 ... 255, and not floats.
  public var hasBytes: Bool { if case .floats = storage { false } else { true } }

  public init(shape: ImageShape, classCount: Int, pixels: [UInt8], labels: [ClassLabel]) {
    precondition(
      pixels.count == labels.count * shape.count,
      "LabeledImages: \(pixels.count) pixels for \(labels.count) images of \(shape)")
    self.shape = shape
    answers = .labels(labels, classCount: classCount)
    storage = .memory(pixels)
  }

  /// `values` are (images, channel, row, column).
  public init(shape: ImageShape, values: [Float], answers: Answers) {
    let rows = StoredRows(values, rowSize: shape.count)
    self.init(
      shape: shape, rows: rows, choice: RowChoice(first: 0, count: rows.count), answers: answers)
  }

  /// The images of `range` of the records of `files`.
  init(shape: ImageShape, classCount: Int, files: MappedRecords, range: Range<Int>) {
    self.shape = shape
    answers = .labels(range.map { ClassLabel(files.label(of: $0)) }, classCount: classCount)
    storage = .records(files, first: range.lowerBound)
  }

  init(shape: ImageShape, rows: StoredRows<UInt8>, choice: RowChoice, answers: Answers) {
    Self.require(shape, rows.rowSize, choice.fits(rows.count), choice.count, answers.count)
    self.shape = shape
    self.answers = answers
    storage = .bytes(rows, choice)
  }

  init(shape: ImageShape, rows: StoredRows<Float>, choice: RowChoice, answers: Answers) {
    Self.require(shape, rows.rowSize, choice.fits(rows.count), choice.count, answers.count)
    self.shape = shape
    self.answers = answers
    storage = .floats(rows, choice)
  }

  private static func require(
    _ shape: ImageShape, _ rowSize: Int, _ fits: Bool, _ count: Int, _ answers: Int
  ) {
    precondition(
      shape.count == rowSize && fits && count == answers,
      "LabeledImages: \(count) rows of \(rowSize) and \(answers) answers for images of \(shape)")
  }

  /// The same images, normalized by `normalization` when they are copied, and their targets, if they have any, by `targets`.
  public func normalized(
    by normalization: ChannelNormalization?,
    targets targetNormalization: ChannelNormalization? = nil
  ) -> LabeledImages {
    var images = self
    images.normalization = normalization
    if var targets {
      targets.normalization = targetNormalization
      images.answers = .targets(targets)
    }
    return images
  }

  /// Calls `body` with image `index`'s bytes, channel x row x column, 0 ... 255. Only of images that are bytes.
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
    case .bytes(let rows, let choice): return body(rows[choice[index]])
    case .floats: preconditionFailure("LabeledImages: floats have no bytes")
    }
  }

  /// Image `index`'s floats, channel x row x column; nil of images that are bytes.
  @inline(__always)
  func floats(of index: Int) -> UnsafeBufferPointer<Float>? {
    if case .floats(let rows, let choice) = storage { rows[choice[index]] } else { nil }
  }

  /// Overwrites `values` (channel x row x column) with image `index`, changed by `change`, bytes scaled to
  /// [0, 1] (byte / 255, correctly rounded); then normalized. What a change moves in from outside is 0: black. Allocates
  /// nothing; reads `shape.count` numbers.
  public func copyImage(
    _ index: Int, into values: FloatView, change: ImageChange = ImageChange()
  ) {
    precondition(
      values.count == shape.count, "LabeledImages: \(shape) image into \(values.count) elements")
    if let floats = floats(of: index) {
      if change == ImageChange() {
        for pixel in 0..<values.count { values[pixel] = floats[pixel] }
      } else {
        change.copy(floats, shape, into: values) { $0 }
      }
    } else {
      withBytes(of: index) { bytes in
        if change == ImageChange() {
          for pixel in 0..<values.count { values[pixel] = Float(bytes[pixel]) / 255 }
        } else {
          change.copy(bytes, shape, into: values) { Float($0) / 255 }
        }
      }
    }
    normalization?.apply(to: values)
  }
}
