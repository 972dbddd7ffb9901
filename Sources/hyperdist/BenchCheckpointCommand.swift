// hyperdist bench checkpoint

import ArgumentParser
import Benchmarks

struct BenchCheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Time the saving of a checkpoint, beside plain collective HDF5 writes.")

  @OptionGroup var writing: WritingOptions

  func run() throws {
    let configuration = try writing.options.resolve()
    let session = try Session.start(threads: writing.cores.threads)
    let result = try WritingBenchmark.checkpoint(
      configuration, repeats: writing.repeats, folder: writing.folder,
      communicator: session.communicator, pool: session.pool)
    try writing.report("checkpoint", result, about: [], session)
    try session.finish()
  }
}
