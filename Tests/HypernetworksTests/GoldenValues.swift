// Golden values of Golden/generate.py: its inputs, and the comparison with its summaries.

import Foundation
import TensorCore
import Testing

/// The hash of Golden/README.md, in [0, 1).
func goldenUniform(tensor: Int, index: Int) -> Float {
  var x = UInt32(truncatingIfNeeded: tensor) &* 0x9E37_79B9 &+ UInt32(truncatingIfNeeded: index)
  x ^= x >> 16
  x = x &* 0x7FEB_352D
  x ^= x >> 15
  x = x &* 0x846C_A68B
  x ^= x >> 16
  return Float(x >> 8) * 0x1p-24
}

/// One case's values by key.
struct GoldenCase {
  let values: [String: Any]

  init(named name: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/\(name).json")
    values = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as! [String: Any]
  }

  func number(_ key: String) -> Double { (values[key] as! NSNumber).doubleValue }
  func summary(_ key: String) -> GoldenSummary { GoldenSummary(values[key] as! [String: Any]) }
  func summary(_ group: String, _ key: String) -> GoldenSummary {
    GoldenSummary((values[group] as! [String: Any])[key] as! [String: Any])
  }
}

/// Norm, sum, projection and sixteen elements of a tensor.
struct GoldenSummary {
  let tensor: Int
  let norm: Double
  let sum: Double
  let dot: Double
  let elements: [Double]

  init(_ values: [String: Any]) {
    func number(_ key: String) -> Double { (values[key] as! NSNumber).doubleValue }
    tensor = Int(number("tensor"))
    norm = number("norm")
    sum = number("sum")
    dot = number("dot")
    elements = (values["elements"] as! [NSNumber]).map(\.doubleValue)
  }

  /// Compares a tensor: `tolerance` is relative to the norm for sums and projections (each about as
  /// large as the norm times a number of order 1), to the root mean square for elements.
  func expect(
    _ actual: FloatView, _ name: String, normTolerance: Double = 2e-4,
    dotTolerance: Double = 1e-3, elementTolerance: Double = 6e-3
  ) {
    var square = 0.0
    var projection = 0.0
    for index in 0..<actual.count {
      let value = Double(actual[index])
      square += value * value
      projection +=
        value * Double(2 * goldenUniform(tensor: 1000 + tensor, index: index) - 1)
    }
    let scale = max(norm, 1e-30)
    #expect(abs(square.squareRoot() - norm) / scale <= normTolerance, "\(name): norm")
    #expect(abs(projection - dot) / scale <= dotTolerance, "\(name): projection")
    let rootMeanSquare = scale / Double(actual.count).squareRoot()
    for (k, expected) in elements.enumerated() {
      let value = Double(actual[k * actual.count / 16])
      #expect(
        abs(value - expected) / max(rootMeanSquare, abs(expected)) <= elementTolerance,
        "\(name): element \(k): \(value), not \(expected)")
    }
  }
}
