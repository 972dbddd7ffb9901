// Curves as SVG.

import Glibc

/// A chart of several curves over the same steps, drawn at the size of a phone's width, so that its letters
/// stay readable there.
struct LineChart {
  struct Series {
    let name: String
    /// The column of metrics.csv, kept in the page beside the points.
    let column: String
    /// Which of the page's colours.
    let color: Int
    let points: [(step: Double, value: Double)]
  }

  let title: String
  let series: [Series]
  /// How values are written.
  let unit: Unit

  enum Unit {
    case number
    /// Of fractions.
    case percent
  }

  private static let (width, height) = (440.0, 250.0)
  private static let (right, top, bottom) = (18.0, 10.0, 30.0)

  /// The chart with its title and legend; nil where there is nothing to draw.
  func html(id: String) -> String? {
    let series = series.filter { !$0.points.isEmpty }
    guard !series.isEmpty else { return nil }
    let legend = series.map { one in
      "<li><span class=\"swatch c\(one.color)\"></span>\(HTML.escaped(one.name)) "
        + "<b>\(HTML.escaped(Self.legend(one.points.last!.value, unit)))</b></li>"
    }.joined()
    let (drawing, outside) = svg(series, id: id)
    let note =
      outside == 0
      ? ""
      : "<p class=\"note\">\(RunRecord.count(outside, "early point")) outside the scale</p>"
    return
      "<figure><figcaption>\(HTML.escaped(title))</figcaption><ul class=\"legend\">\(legend)</ul>"
      + "\(drawing)\(note)</figure>"
  }

  private func svg(_ series: [Series], id: String) -> (String, outside: Int) {
    let steps = series.flatMap { $0.points.map(\.step) }
    let (firstStep, lastStep) = (min(0, steps.min()!), max(steps.max()!, 1))
    let scale = Self.scale(series)
    let ticks = Self.ticks(scale.low, scale.high, about: 5)
    let label = Self.labels(ticks, unit)
    // As wide as the widest label of the axis.
    let left = 14 + 7.5 * Double(ticks.map { label($0).count }.max() ?? 1)
    func x(_ step: Double) -> Double {
      left + (step - firstStep) / (lastStep - firstStep)
        * (Self.width - left - Self.right)
    }
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - (value - scale.low) / (scale.high - scale.low)
        * (Self.height - Self.top - Self.bottom)
    }
    func number(_ value: Double) -> String { Format.fixed(max(-1e6, min(1e6, value)), 2) }
    let (plotWidth, plotHeight) = (
      Self.width - left - Self.right, Self.height - Self.top - Self.bottom
    )
    var text =
      "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" "
      + "aria-label=\"\(HTML.escaped(title))\"><clipPath id=\"\(id)\"><rect x=\"\(number(left))\" "
      + "y=\"\(number(Self.top - 2))\" width=\"\(number(plotWidth + 4))\" "
      + "height=\"\(number(plotHeight + 4))\"/></clipPath>"
    for tick in ticks {
      text +=
        "<line class=\"grid\" x1=\"\(number(left))\" x2=\"\(number(Self.width - Self.right))\" "
        + "y1=\"\(number(y(tick)))\" y2=\"\(number(y(tick)))\"/><text class=\"y\" "
        + "x=\"\(number(left - 6))\" y=\"\(number(y(tick) + 4))\">\(HTML.escaped(label(tick)))</text>"
    }
    for tick in Self.ticks(firstStep, lastStep, about: 4) {
      text +=
        "<text class=\"x\" x=\"\(number(x(tick)))\" y=\"\(number(Self.height - 10))\">"
        + "\(Self.whole(tick))</text>"
    }
    var outside = 0
    for one in series {
      let points = one.points.map { point in
        if point.value < scale.low || point.value > scale.high { outside += 1 }
        return "\(number(x(point.step))),\(number(y(point.value)))"
      }
      let column = HTML.escaped(one.column)
      text +=
        "<polyline class=\"c\(one.color)\" data-column=\"\(column)\" clip-path=\"url(#\(id))\" "
        + "points=\"\(points.joined(separator: " "))\"/>"
      // A curve of few points shows where they are; one point alone would not be seen at all.
      if points.count <= 40 {
        for point in one.points where point.value >= scale.low && point.value <= scale.high {
          text +=
            "<circle class=\"c\(one.color)\" r=\"2.5\" cx=\"\(number(x(point.step)))\" "
            + "cy=\"\(number(y(point.value)))\"/>"
        }
      }
    }
    return (text + "</svg>", outside)
  }

  /// The scale of all curves and some room; where a training's first tenth would take up more than two
  /// thirds of it, that of the other nine.
  private static func scale(_ series: [Series]) -> (low: Double, high: Double) {
    func range(_ dropped: Int) -> (low: Double, high: Double) {
      let values = series.flatMap { one in
        one.points.dropFirst(one.points.count >= 20 ? one.points.count * dropped / 10 : 0)
          .map(\.value)
      }
      return (values.min()!, values.max()!)
    }
    let (all, most) = (range(0), range(1))
    let isCut = all.high - all.low > 3 * (most.high - most.low)
    let (low, high) = isCut ? most : all
    let room = high > low ? 0.06 * (high - low) : max(abs(high) * 0.05, 1e-9)
    return (low - room, high + room)
  }

  /// Round numbers between `low` and `high`.
  static func ticks(_ low: Double, _ high: Double, about count: Int) -> [Double] {
    let rough = (high - low) / Double(count)
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    let first = Int((low / step).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    guard first <= last, last - first < 50 else { return [] }
    return (first...last).map { Double($0) * step }
  }

  /// As many decimals as the ticks' distance asks for.
  private static func labels(_ ticks: [Double], _ unit: Unit) -> (Double) -> String {
    let factor = unit == .percent ? 100.0 : 1
    let suffix = unit == .percent ? " %" : ""
    let largest = factor * (ticks.map { abs($0) }.max() ?? 1)
    let step = ticks.count > 1 ? factor * (ticks[1] - ticks[0]) : largest
    guard step > 0, largest > 0 else { return { legend($0, unit) } }
    let place = Int(log10(step * 1.001).rounded(.down))
    if largest >= 1e7 || largest < 1e-2 {
      let exponent = Int(log10(largest).rounded(.down))
      let power = pow(10, Double(exponent))
      return { value in
        value == 0
          ? "0" : Format.fixed(value * factor / power, max(0, exponent - place)) + "e\(exponent)"
      }
    }
    return { Format.fixed($0 * factor, max(0, -place)) + suffix }
  }

  private static func legend(_ value: Double, _ unit: Unit) -> String {
    unit == .percent ? Format.percent(value) : Format.figures(value)
  }

  /// A step's number in few letters.
  private static func whole(_ value: Double) -> String {
    if value >= 1e6 { return trimmed(value / 1e6) + " M" }
    if value >= 1e4 { return trimmed(value / 1e3) + " k" }
    return trimmed(value)
  }

  /// As many decimals as it has, up to two.
  private static func trimmed(_ value: Double) -> String {
    for decimals in 0..<2 where Double(Format.fixed(value, decimals)) == value {
      return Format.fixed(value, decimals)
    }
    return Format.fixed(value, 2)
  }
}
