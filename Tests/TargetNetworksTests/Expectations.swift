// Comparisons of what engines compute with what they should.

import TestSupport
import Testing

/// The distance of two vectors is small beside their length.
func expectNear(
  _ found: [Double], _ expected: [Double], _ name: String, within bound: Double = 2e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  let distance = zip(found, expected).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
  let length = expected.map { $0 * $0 }.reduce(0, +).squareRoot()
  #expect(
    length > 0 && distance <= bound * length, "\(name): \(distance) apart of \(length)",
    sourceLocation: sourceLocation)
}

/// About `count` of the derivatives `found` are those of `loss`, a function of a place and how far to move there, to
/// `tolerance` times the largest. At a kink of ReLU or max pooling the difference depends on the step; such places are left
/// out, but few may be.
func expectDerivatives(
  _ found: [Double], of loss: (_ place: Int, _ step: Double) -> Double, step: Double, count: Int,
  tolerance: Double, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  let scale = found.map { abs($0) }.max()!
  let places = Array(stride(from: 0, to: found.count, by: max(1, found.count / count)))
  var kept = 0
  for place in places {
    let coarse = CentralDifference.slope(step: 2 * step) { loss(place, $0) }
    let fine = CentralDifference.slope(step: step) { loss(place, $0) }
    if abs(coarse - fine) > 1e-6 * scale { continue }
    kept += 1
    #expect(
      abs(found[place] - fine) <= tolerance * scale, "derivative \(place) of \(name)",
      sourceLocation: sourceLocation)
  }
  #expect(
    kept * 10 >= places.count * 8, "\(kept) of \(places.count) of \(name)",
    sourceLocation: sourceLocation)
}

/// Every element apart by at most `bound` times the largest.
func expectClose(
  _ found: [Double], _ expected: [Double], _ name: String, within bound: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  let scale = expected.map { abs($0) }.max() ?? 0
  #expect(scale > 0, "\(name) are all zero", sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= bound * scale) {
    Issue.record(
      "\(name): element \(index) is \(a), not \(b); scale \(scale)",
      sourceLocation: sourceLocation)
    return
  }
}
