import Foundation
import Numerics
import Testing

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
