// hyperdist bench exchange

import ArgumentParser
import Benchmarks
import CHost
import Files
import Hypernetworks
import Reporting

struct BenchExchangeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exchange",
    abstract:
      "Time the exchanges of weight vectors: seconds, bytes sent and peak memory of each.")

  @Option(parsing: .unconditional, help: "Weights of one generated network.")
  var weights = 464_154

  @Option(help: ArgumentHelp("Latents of a step, multiples of 8.", valueName: "n,n,..."))
  var latents = CountList([32, 128, 512])

  @Option(parsing: .unconditional, help: "Timed exchanges of each size.")
  var repeats = 5

  @OptionGroup var cores: ThreadOptions

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    if weights < 1 || weights > 1 << 30 {
      throw ValidationError("--weights must be 1 to \(1 << 30)")
    }
    if let count = latents.counts.first(where: { $0 % 8 != 0 }) {
      throw ValidationError("--latents: \(count) is not a multiple of 8")
    }
    let largest = latents.counts.max() ?? 0
    if largest * weights > Int(Int32.max) {
      throw ValidationError(
        "--weights times --latents: \(weights) times \(largest) is more than the \(Int32.max) numbers "
          + "one MPI message takes")
    }
    try requireAtLeastOne(repeats, "--repeats", atMost: 1_000_000)
  }

  func run() throws {
    let session = try Session.start(threads: cores.threads)
    try session.check(figures.files, inputs: [])
    let results = try ExchangeBenchmark.run(
      ExchangeBenchmark.Request(weights: weights, latents: latents.counts, repeats: repeats),
      communicator: session.communicator, pool: session.pool,
      releaseMemory: hyperdist_release_memory)
    if session.isRoot {
      let (ranks, threads) = (session.communicator.size, session.pool.threadCount)
      let value = JSONValue.object([
        ("command", .string("bench exchange")), ("ranks", .integer(ranks)),
        ("threads", .integer(threads)), ("weights", .integer(weights)),
        ("repeats", .integer(repeats)), ("cases", .array(results.map(json))),
      ])
      try figures.write(
        value, orText: text(results, ranks: ranks, threads: threads))
    }
    try session.finish()
  }

  private func json(_ result: ExchangeBenchmark) -> JSONValue {
    let figures = result.figures
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
    return .object([
      ("exchange", .string(result.exchange.rawValue)), ("latents", .integer(result.latents)),
      ("seconds_median", number(figures?.secondsMedian)),
      ("seconds_min", number(figures?.secondsMinimum)),
      ("communication_seconds", number(figures?.secondsCommunication)),
      ("bytes_sent", integer(figures?.bytesSent)),
      ("bytes_sent_most", integer(figures?.bytesSentMost)),
      ("bytes_sent_by_formula", .integer(result.expectedBytesSent)),
      ("peak_rss_bytes", integer(figures?.peakResidentBytes)),
      ("buffer_bytes", .integer(result.bufferBytes)),
    ])
  }

  private func text(_ results: [ExchangeBenchmark], ranks: Int, threads: Int) -> String {
    var table = TextTable([
      "latents", "exchange", "median s", "least s", "in MPI s", "sent MB", "formula MB", "peak MB",
    ])
    func megabytes(_ bytes: Int) -> String { Format.fixed(Double(bytes) * 1e-6, 1) }
    for result in results {
      let start = ["\(result.latents)", result.exchange.rawValue]
      guard let figures = result.figures else {
        table.add(
          start + ["not run: \(megabytes(result.bufferBytes)) MB a rank exceed the free memory"])
        continue
      }
      table.add(
        start + [
          Format.fixed(figures.secondsMedian, 3), Format.fixed(figures.secondsMinimum, 3),
          Format.fixed(figures.secondsCommunication, 3), megabytes(figures.bytesSent),
          megabytes(result.expectedBytesSent), megabytes(figures.peakResidentBytes),
        ])
    }
    return
      "\(weights) weights, \(ranks) ranks x \(threads) threads, \(repeats) exchanges a case; bytes "
      + "and memory a rank\n" + table.text
  }
}
