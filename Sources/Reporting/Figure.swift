// A drawing before it is drawn.

/// Something to draw: commands of gnuplot, from which terminal, output and style are left out.
struct Figure {
  /// The files' name without their ending.
  let name: String
  /// Of the SVG; the PNG has twice as many pixels each way.
  var width = 600
  var height = 400
  let commands: String
}
