// The palette of all figures.

/// Colours that are told apart, also by colour-blind readers, on light and dark ground.
enum FigureColor {
  static let blue = "#3b7dc4"
  static let red = "#d9603b"
  static let green = "#4f9d3a"
  static let gray = "#9aa4ae"
}
