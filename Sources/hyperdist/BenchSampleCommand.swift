// hyperdist bench sample

import ArgumentParser
import Benchmarks
import Host

struct BenchSampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract:
      "Time what sample does to generate and write networks, beside plain collective HDF5 writes.")

  @OptionGroup var writing: WritingOptions

  @Option(parsing: .unconditional, help: "Networks of a file.")
  var count = 1000

  func validate() throws { try requireAtLeastOne(count, "--count") }

  func run() throws {
    let (session, configuration) = try writing.start()
    try session.require {
      var need = MemoryNeed()
      need.add(
        "--count \(count)", networks: count / session.communicator.size,
        of: try configuration.hypernetworkLayout())
      return need
    }
    let result = try WritingBenchmark.samples(
      configuration, count: count, repeats: writing.repeats, folder: writing.folder,
      communicator: session.communicator, pool: session.pool)
    try writing.report("sample", result, about: [("count", .integer(count))], session)
    try session.finish()
  }
}
