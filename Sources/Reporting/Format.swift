// Numbers for people.

import Glibc

/// Short forms of numbers, independent of locale.
public enum Format {
  /// A number with a fixed count of decimals; "-" where there is none.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "-" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(scaled)" }
    let fraction = "\(scaled % Int(scale))"
    return "\(sign)\(scaled / Int(scale))."
      + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// A fraction as a percentage with two decimals.
  public static func percent(_ fraction: Double) -> String { fixed(100 * fraction, 2) + " %" }

  /// Hours, minutes and seconds, as far as they matter.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "-" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// About four significant digits.
  public static func figures(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let size = abs(value)
    if size == 0 { return "0" }
    if size >= 1e7 || size < 1e-3 { return scientific(value) }
    let decimals: Int
    switch size {
    case 1000...: decimals = 0
    case 100...: decimals = 1
    case 10...: decimals = 2
    case 0.1...: decimals = 3
    default: decimals = 5
    }
    return fixed(value, decimals)
  }

  private static func scientific(_ value: Double) -> String {
    let exponent = Int(log10(abs(value)).rounded(.down))
    return fixed(value / pow(10, Double(exponent)), 2) + "e\(exponent)"
  }
}
