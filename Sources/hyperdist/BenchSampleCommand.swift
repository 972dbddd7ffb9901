// hyperdist bench sample

import ArgumentParser
import Benchmarks

struct BenchSampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract:
      "Time what sample does to generate and write networks, beside plain collective HDF5 writes.")

  @OptionGroup var writing: WritingOptions

  @Option(help: "Networks of a file.")
  var count = 1000

  func validate() throws { try requireAtLeastOne(count, "--count") }

  func run() throws {
    let configuration = try writing.options.resolve()
    let session = try Session.start(threads: writing.cores.threads)
    let result = try WritingBenchmark.samples(
      configuration, count: count, repeats: writing.repeats, folder: writing.folder,
      communicator: session.communicator, pool: session.pool)
    try writing.report("sample", result, about: [("count", .integer(count))], session)
    try session.finish()
  }
}
