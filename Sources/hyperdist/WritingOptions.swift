// hyperdist bench sample and bench checkpoint

import ArgumentParser
import Benchmarks
import Configurations
import Files
import Numerics
import Reporting

/// What both have in common.
struct WritingOptions: ParsableArguments {
  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("Where the files are written, and removed.", valueName: "dir"))
  var folder = "."

  @OptionGroup var cores: ThreadOptions

  @Option(parsing: .unconditional, help: "Timed files of each kind.")
  var repeats = 5

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireAtLeastOne(repeats, "--repeats", atMost: 1_000_000)
    try requireName(folder, "--folder")
  }

  /// Reads the configuration, starts ranks and threads and sees that there is room for results. Collective.
  func start() throws -> (session: Session, configuration: Configuration) {
    let (session, configuration) = try Session.start(
      threads: cores.threads, resolving: { try options.resolve() })
    try session.check(figures.files, inputs: [options.config])
    try session.onRoot { try OutputFolder(folder, option: "--folder").check() }
    try session.agreement.requireOneFolder(folder, option: "--folder")
    return (session, configuration)
  }

  /// Prints what was found, on rank 0. Collective.
  func report(
    _ name: String, _ result: WritingBenchmark, about: [(String, JSONValue)], _ session: Session
  ) throws {
    let peak = try session.communicator.max(StepBenchmark.peakResidentBytes())
    guard session.isRoot else { return }
    let ranks = session.communicator.size
    let value = JSONValue.object(
      [
        ("command", .string("bench \(name)")), ("preset", .string(options.name)),
        ("ranks", .integer(ranks)), ("threads", .integer(session.pool.threadCount)),
      ] + about + [("bytes", .integer(result.byteCount)), ("repeats", .integer(repeats))]
        + times(result.seconds, result.byteCount) + [
          (
            "breakdown",
            .object(
              (result.preparations + result.files).map {
                ($0.name, .number(Statistics.median($0.seconds)))
              })
          ),
          (
            "files",
            .object(
              result.files.map { file in
                (
                  file.name,
                  .object(times(file.seconds, result.byteCount) + speeds(result, file.seconds))
                )
              })
          ),
          (
            "plain",
            .object(
              times(result.plainSynced, result.byteCount) + [
                (
                  "seconds_median_until_closed",
                  .number(Statistics.median(result.plainClosed))
                )
              ])
          ),
          ("raw", .object(times(result.rawSynced, result.byteCount))),
        ] + speeds(result, result.seconds) + [
          ("peak_rss_bytes", .integer(peak)), ("blas", .string(Machine.blas)),
          ("simd", .string(Machine.simd)),
        ])
    try figures.write(value, orText: text(name, result, ranks: ranks))
  }

  private func speeds(_ result: WritingBenchmark, _ seconds: [Double]) -> [(String, JSONValue)] {
    [
      ("speed_of_plain", .number(result.speedOfPlain(seconds))),
      ("speed_of_better", .number(result.speedOfBetter(seconds))),
    ]
  }

  private func times(_ seconds: [Double], _ bytes: Int) -> [(String, JSONValue)] {
    let median = Statistics.median(seconds)
    return [
      ("seconds_median", .number(median)), ("seconds_min", .number(seconds.min()!)),
      ("bytes_per_second", .number(Double(bytes) / median)),
    ]
  }

  private func text(_ name: String, _ result: WritingBenchmark, ranks: Int) -> String {
    var table = TextTable(["", "median s", "least s", "MB/s"])
    func add(_ name: String, _ seconds: [Double]) {
      let median = Statistics.median(seconds)
      table.add([
        name, Format.fixed(median, 3), Format.fixed(seconds.min()!, 3),
        Format.fixed(1e-6 * Double(result.byteCount) / median, 0),
      ])
    }
    for part in result.preparations + result.files { add(part.name, part.seconds) }
    add("plain HDF5, on the disk", result.plainSynced)
    add("plain HDF5, until closed", result.plainClosed)
    add("plain bytes (dd), on the disk", result.rawSynced)
    return
      "\(name) of \(options.name): \(Format.fixed(1e-6 * Double(result.byteCount), 1)) MB, \(ranks) ranks, "
      + "\(repeats) files of each kind in turn\n" + table.text
      + result.files.map { file in
        "\n\(file.name) has \(Format.fixed(result.speedOfPlain(file.seconds), 2)) times the speed of plain HDF5, "
          + "\(Format.fixed(result.speedOfBetter(file.seconds), 2)) times that of the faster of it and dd"
      }.joined()
  }
}
