// hyperdist bench reduction

import ArgumentParser
import Benchmarks
import Files
import Reporting

struct BenchReductionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reduction",
    abstract: "Time the reproducible all-reduce beside MPI_Allreduce on the same numbers.")

  @Option(help: ArgumentHelp("Lengths of the vectors.", valueName: "n,n,..."))
  var floats = CountList([633_640, 7_000_000, 60_000_000])

  @Option(parsing: .unconditional, help: "Timed sums of each length, of each kind.")
  var repeats = 7

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireAtLeastOne(repeats, "--repeats", atMost: 1_000_000)
  }

  func run() throws {
    let session = try Session.start(threads: 1)
    try session.check(figures.files, inputs: [])
    let results = try ReductionBenchmark.run(
      floats: floats.counts, repeats: repeats, communicator: session.communicator)
    if session.isRoot {
      let ranks = session.communicator.size
      let value = JSONValue.object([
        ("command", .string("bench reduction")), ("ranks", .integer(ranks)),
        ("nodes", .integer(session.placement.hosts.count)),
        ("cores", .integer(session.placement.hosts.reduce(0) { $0 + $1.cores })),
        ("repeats", .integer(repeats)), ("cases", .array(results.map(json))),
      ])
      try figures.write(value, orText: text(results, ranks: ranks))
    }
    try session.finish()
  }

  private func json(_ result: ReductionBenchmark) -> JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    let figures = result.figures
    return .object([
      ("floats", .integer(result.floats)),
      ("reproducible_seconds_median", number(figures?.reproducibleMedian)),
      ("reproducible_seconds_min", number(figures?.reproducibleMinimum)),
      ("alltoall_seconds_median", number(figures?.allToAllMedian)),
      ("alltoall_seconds_min", number(figures?.allToAllMinimum)),
      ("fast_seconds_median", number(figures?.plainMedian)),
      ("fast_seconds_min", number(figures?.plainMinimum)), ("ratio", number(figures?.ratio)),
      ("messages", figures.map { .integer($0.messages) } ?? .null),
      ("bytes", figures.map { .integer($0.bytes) } ?? .null),
      ("buffer_bytes", .integer(result.bufferBytes)),
    ])
  }

  private func text(_ results: [ReductionBenchmark], ranks: Int) -> String {
    var table = TextTable([
      "floats", "reproducible ms", "least", "all to all ms", "least", "MPI_Allreduce ms", "least",
      "ratio",
    ])
    func milliseconds(_ seconds: Double) -> String { Format.fixed(seconds * 1e3, 2) }
    for result in results {
      guard let figures = result.figures else {
        table.add([
          "\(result.floats)",
          "not run: \(result.bufferBytes / 1_000_000) MB a rank exceed the free memory",
        ])
        continue
      }
      table.add([
        "\(result.floats)", milliseconds(figures.reproducibleMedian),
        milliseconds(figures.reproducibleMinimum), milliseconds(figures.allToAllMedian),
        milliseconds(figures.allToAllMinimum), milliseconds(figures.plainMedian),
        milliseconds(figures.plainMinimum), Format.fixed(figures.ratio, 2),
      ])
    }
    return "\(ranks) ranks, \(repeats) sums of each kind in turn, medians\n" + table.text
  }
}
