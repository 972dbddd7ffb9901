// The drawn digits: the same bytes everywhere, and a problem worth learning.

import Datasets
import Numerics
import Testing

@Suite struct GlyphDatasetTests {
  static let glyphs = Result { () throws(DatasetError) in
    try DatasetCatalog.load(name: "glyphs", dataDirectory: nil, validationCount: 1_000)
  }

  @Test func hasTheStatedSizes() throws {
    let glyphs = try Self.glyphs.get()
    #expect(glyphs.training.count == 9_000)
    #expect(glyphs.validation.count == 1_000)
    #expect(glyphs.test.count == 2_000)
    #expect(glyphs.training.shape == ImageShape(channels: 1, height: 28, width: 28))
    for digit in UInt8(0)..<10 {
      #expect(glyphs.training.labels.count { $0 == digit } > 800)
      #expect(glyphs.test.labels.count { $0 == digit } > 150)
    }
  }

  @Test func everyMachineDrawsTheSameBytes() throws {
    let file = try #require(try DatasetCatalog.verify(name: "glyphs", dataDirectory: nil).first)
    #expect(file.verdict == .published)
  }

  /// An image depends on its number only, not on the split it falls into.
  @Test func splitMovesImagesOnly() throws {
    let some = try Self.glyphs.get()
    let other = try DatasetCatalog.load(name: "glyphs", dataDirectory: nil, validationCount: 10)
    #expect(
      other.validation.labels + other.training.labels == some.validation.labels
        + some.training.labels)
    let last = other.training.withBytes(of: other.training.count - 1) { Array($0) }
    #expect(last == some.training.withBytes(of: some.training.count - 1) { Array($0) })
  }

  /// A classifier by the nearest of ten mean images must be well above chance and well below what a
  /// network reaches.
  @Test func isNeitherTrivialNorHopeless() throws {
    let glyphs = try Self.glyphs.get()
    let size = 784
    var means = [[Float]](repeating: [Float](repeating: 0, count: size), count: 10)
    var counts = [Float](repeating: 0, count: 10)
    for (index, label) in glyphs.training.labels.enumerated() {
      counts[Int(label)] += 1
      for pixel in 0..<size {
        means[Int(label)][pixel] += Float(glyphs.training.withBytes(of: index) { $0[pixel] })
      }
    }
    for digit in 0..<10 { for pixel in 0..<size { means[digit][pixel] /= counts[digit] } }
    var correct = 0
    for (index, label) in glyphs.test.labels.enumerated() {
      let distances = means.map { mean in
        (0..<size).reduce(Float(0)) { sum, pixel in
          let difference = mean[pixel] - Float(glyphs.test.withBytes(of: index) { $0[pixel] })
          return sum + difference * difference
        }
      }
      if distances.firstIndex(of: distances.min()!)! == Int(label) { correct += 1 }
    }
    let accuracy = Double(correct) / 2_000
    #expect(accuracy >= 0.5)
    #expect(accuracy <= 0.95)
  }
}
