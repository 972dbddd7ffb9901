// Splits of data sets that the program draws.

/// Where a drawn image belongs; its number is part of what the image is drawn from.
enum DrawnSplit: Int {
  case training = 0
  case test = 1
}
