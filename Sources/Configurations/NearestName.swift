// Which known name an unknown one was probably meant to be.

/// The name of the smallest edit distance to `name`, letters' case aside; the first of equals.
///
/// For dotted keys the last components are compared too, at the price of one edit, so that a key under
/// the wrong section finds its own.
package func nearestName(to name: String, among known: [String]) -> String {
  let scored = known.map { candidate in
    let whole = editDistance(name.lowercased(), candidate.lowercased())
    let last = editDistance(lastComponent(name), lastComponent(candidate)) + 1
    return (candidate, min(whole, last))
  }
  return scored.min { $0.1 < $1.1 }?.0 ?? ""
}

private func lastComponent(_ key: String) -> String {
  key.split(separator: ".").last?.lowercased() ?? ""
}

/// Insertions, deletions and replacements of one character each that make `b` of `a` (Levenshtein).
package func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let replaced = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
    }
  }
  return row[b.count]
}
