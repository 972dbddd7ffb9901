// hyperdist bench pool

import ArgumentParser
import Benchmarks
import Files
import Reporting

struct BenchPoolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool", abstract: "Time parallel loops that do nothing.")

  @OptionGroup var cores: ThreadOptions

  @Option(parsing: .unconditional, help: "Timed loops.")
  var repeats = 10_000

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireAtLeastOne(repeats, "--repeats", atMost: 10_000_000)
  }

  func run() throws {
    let session = try Session.start(threads: cores.threads)
    try session.check(figures.files, inputs: [])
    let own = session.placement.ranks[session.communicator.rank]
    let result = PoolBenchmark.run(
      pool: session.pool, haveCores: own.haveCores, repeats: repeats)
    if session.isRoot {
      let json = JSONValue.object([
        ("command", .string("bench pool")), ("threads", .integer(result.threadCount)),
        ("have_cores", .bool(result.haveCores)), ("repeats", .integer(repeats)),
        ("cores", .array(own.cores.map { .integer($0) })),
        ("seconds_within_step", .number(result.secondsWithinStep)),
        ("seconds_outside", .number(result.secondsOutside)),
        ("seconds_after_sleep", .number(result.secondsAfterSleep)),
        ("seconds_per_iteration", .number(result.secondsPerIteration)),
      ])
      try figures.write(json, orText: text(result, cores: own.cores))
    }
    try session.finish()
  }

  private func text(_ result: PoolBenchmark, cores: [Int]) -> String {
    func microseconds(_ seconds: Double) -> String { "\(Format.fixed(1e6 * seconds, 2)) us" }
    let place =
      cores.isEmpty
      ? (result.haveCores ? "cores for all, not pinned" : "no core for each")
      : "pinned to cores \(cores.map(String.init).joined(separator: ", "))"
    return """
      \(result.threadCount) threads, \(place): a loop of as many iterations that do nothing, medians of \(repeats)
        within a step     \(microseconds(result.secondsWithinStep))
        outside of steps  \(microseconds(result.secondsOutside))
        after 2 ms        \(microseconds(result.secondsAfterSleep))
        an iteration      \(microseconds(result.secondsPerIteration))
      """
  }
}
