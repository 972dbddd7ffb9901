// Lists of counts on the command line.

import ArgumentParser

/// Whole numbers of at least 1, separated by commas.
struct CountList: ExpressibleByArgument {
  let counts: [Int]

  init(_ counts: [Int]) { self.counts = counts }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.allSatisfy({ ($0 ?? 0) >= 1 && ($0 ?? 0) <= 1 << 30 }) else { return nil }
    counts = parts.map { $0! }
  }

  var defaultValueDescription: String { counts.map(String.init).joined(separator: ",") }
}
