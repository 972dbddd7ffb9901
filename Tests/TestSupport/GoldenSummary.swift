// What a file of golden values says of a tensor.

import Foundation
import Numerics
import Testing

/// Norm, projection and some elements of a tensor.
public struct GoldenSummary {
  /// How far a tensor may be from its summary.
  public struct Tolerance: Sendable {
    /// Of the norm, relative.
    var norm: Double
    /// Of the projection, relative to the norm: both are of one size.
    var dot: Double
    /// Of an element, relative to the larger of itself and the root mean square.
    var element: Double

    public init(norm: Double, dot: Double, element: Double) {
      (self.norm, self.dot, self.element) = (norm, dot, element)
    }

    public static func * (factor: Double, tolerance: Tolerance) -> Tolerance {
      Tolerance(
        norm: factor * tolerance.norm, dot: factor * tolerance.dot,
        element: factor * tolerance.element)
    }
  }

  private let tensor: Int
  private let norm: Double
  private let dot: Double
  private let elements: [Double]

  init(_ values: [String: Any]) {
    func number(_ key: String) -> Double { (values[key] as! NSNumber).doubleValue }
    tensor = Int(number("tensor"))
    norm = number("norm")
    dot = number("dot")
    elements = (values["elements"] as! [NSNumber]).map(\.doubleValue)
  }

  /// Expects `actual` to be the tensor.
  public func expect(
    _ actual: FloatView, _ name: String, within tolerance: Tolerance,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var square = 0.0
    var projection = 0.0
    for index in 0..<actual.count {
      let value = Double(actual[index])
      square += value * value
      projection += value * Double(GoldenNumbers.signed(tensor: 1000 + tensor, index: index))
    }
    let scale = max(norm, 1e-30)
    func expect(_ error: Double, _ bound: Double, _ what: String) {
      #expect(error <= bound, "\(name): \(what)", sourceLocation: sourceLocation)
    }
    expect(abs(square.squareRoot() - norm) / scale, tolerance.norm, "norm")
    expect(abs(projection - dot) / scale, tolerance.dot, "projection")
    let rootMeanSquare = scale / Double(actual.count).squareRoot()
    for (k, expected) in elements.enumerated() {
      let value = Double(actual[k * actual.count / elements.count])
      expect(
        abs(value - expected) / max(rootMeanSquare, abs(expected)), tolerance.element,
        "element \(k): \(value), not \(expected)")
    }
  }
}
