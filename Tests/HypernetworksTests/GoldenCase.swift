// Golden values of Golden/generate.py: its inputs, and the comparison with its summaries.

import Foundation
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
