// hyperdist bench target

import ArgumentParser
import Benchmarks
import Configurations
import Files
import Host
import Reporting

struct BenchTargetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "target",
    abstract: "Time the target networks' forward and backward passes alone, on made-up images.")

  @OptionGroup var options: ConfigurationOptions

  @Option(parsing: .unconditional, help: "Networks of a round, whatever training.latents is.")
  var latents = 4

  @OptionGroup var cores: ThreadOptions

  @Option(parsing: .unconditional, help: "Timed rounds.")
  var repeats = 12

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireAtLeastOne(latents, "--latents", atMost: 1_000_000)
    try requireAtLeastOne(repeats, "--repeats", atMost: 1_000_000)
  }

  func run() throws {
    let (session, configuration) = try Session.start(
      threads: cores.threads, resolving: { try options.resolve() })
    try session.require { try need(configuration, session) }
    try session.check(figures.files, inputs: [options.config])
    let result = try TargetBenchmark.run(
      configuration, latents: latents, repeats: repeats, pool: session.pool)
    if session.isRoot {
      let value = JSONValue.object([
        ("command", .string("bench target")), ("preset", .string(options.name)),
        ("ranks", .integer(session.communicator.size)), ("threads", .integer(result.threadCount)),
        ("latents", .integer(latents)), ("images", .integer(result.imagesPerLatent)),
        ("precision", .string(configuration.training.precision.rawValue)),
        ("seconds_median", .number(result.secondsMedian)),
        ("seconds_min", .number(result.secondsMinimum)), ("repeats", .integer(repeats)),
        ("flops", .number(result.flops)),
        ("gflops_per_second", .number(result.gigaflopsPerSecond)),
        (
          "breakdown",
          .object([
            ("forward", .number(result.secondsMedian * result.forwardFraction)),
            ("backward", .number(result.secondsMedian * (1 - result.forwardFraction))),
          ])
        ), ("peak_rss_bytes", .integer(StepBenchmark.peakResidentBytes())),
        ("blas", .string(Machine.blas)), ("simd", .string(Machine.simd)),
      ])
      try figures.write(value, orText: text(result))
    }
    try session.finish()
  }

  private func need(_ configuration: Configuration, _ session: Session) throws -> MemoryNeed {
    let target = try configuration.hypernetworkLayout().target
    let images = configuration.training.imagesPerLatent
    var need = MemoryNeed()
    need.add("--latents \(latents)", bytes: latents, target.weightCount, 8)
    need.add("--latents \(latents)", bytes: latents, images, target.input.count, 4)
    need.add(
      "training.imagesPerLatent \(images)", images: images, of: target, bytesAnOutput: 2,
      threads: session.pool.threadCount)
    return need
  }

  private func text(_ result: TargetBenchmark) -> String {
    """
    \(options.name): \(latents) target networks x \(result.imagesPerLatent) images, \
    \(result.threadCount) threads, \(repeats) rounds
      round        \(Format.fixed(result.secondsMedian * 1e3, 1)) ms median, \
    \(Format.fixed(result.secondsMinimum * 1e3, 1)) ms least, \
    \(Format.fixed(result.gigaflopsPerSecond, 0)) GFLOP/s
        forward    \(Format.percent(result.forwardFraction))
      peak memory  \(StepBenchmark.peakResidentBytes() >> 20) MiB
    """
  }
}
