// hyperdist bench checkpoint

import ArgumentParser
import Benchmarks
import Files
import Host
import Numerics

struct BenchCheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract:
      "Time the saving of a checkpoint, for which a training waits, beside plain collective HDF5 writes."
  )

  @OptionGroup var writing: WritingOptions

  func run() throws {
    let (session, configuration) = try writing.start()
    try session.require {
      var need = MemoryNeed()
      need.add(try configuration.hypernetworkLayout(), copies: 4)
      return need
    }
    let result = try WritingBenchmark.checkpoint(
      configuration, repeats: writing.repeats, folder: writing.folder,
      communicator: session.communicator, pool: session.pool)
    try writing.report(
      "checkpoint", result, about: [("stall_seconds", .number(Statistics.median(result.seconds)))],
      session)
    try session.finish()
  }
}
