// Figures that other commands drew, as part of a page.

/// An SVG file's drawing, made fit to stand inside HTML beside others.
enum InlineFigure {
  /// The <svg> element of `text`, without declarations, scripts and references to the network, its ids
  /// beginning with `prefix`, so that those of several figures differ. Nil where there is no such element.
  static func html(_ text: String, prefix: String) -> String? {
    guard let begin = text.range(of: "<svg"), let end = text.lastRange(of: "</svg>"),
      begin.lowerBound < end.lowerBound
    else { return nil }
    var svg = String(text[begin.lowerBound..<end.upperBound])
    svg = svg.replacing(#/<script\b[\s\S]*?(<\/script\s*>|\/>)/#.ignoresCase(), with: "")
    svg = svg.replacing(#/\son\w+\s*=\s*("[^"]*"|'[^']*')/#.ignoresCase(), with: "")
    svg = svg.replacing(
      #/\s[\w:-]+\s*=\s*("\s*https?:[^"]*"|'\s*https?:[^']*')/#.ignoresCase(), with: "")
    svg = svg.replacing(#/(url\(\s*["']?)https?:[^)]*\)/#.ignoresCase(), with: "none")
    svg = svg.replacing(#/(\sid\s*=\s*["'])/#) { "\($0.1)\(prefix)" }
    svg = svg.replacing(#/(href\s*=\s*["']#)/#) { "\($0.1)\(prefix)" }
    svg = svg.replacing(#/(url\(\s*["']?#)/#) { "\($0.1)\(prefix)" }
    svg = svg.replacing(#/(<svg\b[^>]*?)\s+width=("[^"]*"|'[^']*')/#, maxReplacements: 1) {
      "\($0.1)"
    }
    svg = svg.replacing(#/(<svg\b[^>]*?)\s+height=("[^"]*"|'[^']*')/#, maxReplacements: 1) {
      "\($0.1)"
    }
    return svg
  }
}

extension String {
  fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }

  fileprivate func lastRange(of text: String) -> Range<String.Index>? { ranges(of: text).last }
}
