// IDX files, whole and damaged.

import Datasets
import Numerics
import TestSupport
import Testing

@Suite struct IDXFileTests {
  static let shape = ImageShape(channels: 1, height: 3, width: 4)
  /// Five images of 3 x 4.
  static let images: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 4] + (0..<60).map { UInt8($0 * 4) }
  static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 5, 3, 1, 4, 1, 5]

  let folder = TestFolder()

  func readImages(_ bytes: [UInt8], as name: String = "images") throws(DatasetError)
    -> (parts: [[UInt8]], digest: String)
  {
    try IDXFile.readImages(
      path: folder.write(bytes, to: name), shape: Self.shape, counts: [2, 3])
  }

  /// The one line that a file is refused with.
  func refusal(_ bytes: [UInt8], as name: String = "images") -> String {
    do throws(DatasetError) {
      _ = try readImages(bytes, as: name)
      return "accepted"
    } catch {
      return error.description
    }
  }

  @Test func plainAndGzippedAreEqual() throws {
    let plain = try readImages(Self.images)
    let zipped = try readImages(gzip(Self.images), as: "images.gz")
    let members = gzip(Array(Self.images[..<30])) + gzip(Array(Self.images[30...]))
    let parts = try readImages(members, as: "members.gz")
    #expect(plain.parts == [Array(Self.images[16..<40]), Array(Self.images[40...])])
    for other in [zipped, parts] {
      #expect(other.parts == plain.parts)
      #expect(other.digest == plain.digest)
    }
  }

  /// Browsers unpack what they save, and people rename it.
  @Test func contentCountsAndNotTheName() throws {
    let plain = try readImages(Self.images)
    #expect(try readImages(gzip(Self.images), as: "images").parts == plain.parts)
    #expect(try readImages(Self.images, as: "images.gz").parts == plain.parts)
  }

  @Test func labelsAreRead() throws {
    let path = folder.write(Self.labels, to: "labels")
    let read = try IDXFile.readLabels(path: path, classCount: 6, counts: [2, 3])
    #expect(read.parts == [[3, 1], [4, 1, 5]])
  }

  @Test func labelOutOfRangeIsRefused() {
    let path = folder.write(Self.labels, to: "labels")
    let error = #expect(throws: DatasetError.self) {
      try IDXFile.readLabels(path: path, classCount: 5, counts: [2, 3])
    }
    #expect(error?.description == "\(path): label 5 of image 4 is not one of 0 ... 4")
  }

  @Test func wrongHeadersAreRefused() {
    var bytes = Self.images
    bytes[2] = 9
    #expect(refusal(bytes).contains("not an IDX file of images: begins with bytes 0 0 9 3"))
    bytes = Self.images
    bytes[7] = 6
    #expect(refusal(bytes).contains("has 6 images of 3x4, should have 5 of 3x4"))
    bytes = Self.images
    bytes[15] = 5
    #expect(refusal(bytes).contains("has 5 images of 3x5"))
    #expect(refusal([]).contains("truncated: 0 bytes"))
  }

  @Test func wrongLengthsAreRefused() {
    #expect(refusal(Array(Self.images.dropLast())).contains("truncated: 75 bytes of content"))
    #expect(refusal(Self.images + [0]).contains("longer than the 76 bytes"))
    #expect(refusal(gzip(Self.images + [0]), as: "x.gz").contains("longer than the 76 bytes"))
  }

  @Test func damagedGzipIsRefused() {
    let whole = gzip(Self.images)
    // The last eight bytes are CRC and length; the first ten are the header.
    for position in [2, whole.count - 8, whole.count - 1] {
      var bytes = whole
      bytes[position] ^= 0x55
      #expect(refusal(bytes, as: "x.gz").contains("x.gz: corrupt gzip data: "))
    }
    for count in [0, 5, 20, whole.count - 9, whole.count - 1] {
      #expect(refusal(Array(whole[..<count]), as: "x.gz").contains("truncated"))
    }
    var bytes = whole
    bytes[0] ^= 0x55
    #expect(refusal(bytes, as: "x.gz").contains("x.gz: not an IDX file of images: begins with"))
  }

  @Test func missingFileIsAnError() {
    let error = #expect(throws: DatasetError.self) {
      try IDXFile.readLabels(path: "\(folder.path)/none", classCount: 2, counts: [1])
    }
    #expect(
      error?.description == "\(folder.path)/none: cannot be read: No such file or directory")
  }
}
