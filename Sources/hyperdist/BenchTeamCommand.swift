// hyperdist bench team

import ArgumentParser
import Benchmarks
import Configurations
import Files
import Host
import Reporting

struct BenchTeamCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "team",
    abstract: "What teams of threads would take for one target network, each having a core.",
    discussion: """
      One thread does what the team's members would, and what they would take is put together from the times of its loops' \
      iterations. Two threads measure what taking an iteration costs. Memory and caches that cores share are not seen.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(parsing: .unconditional, help: "Threads of the teams.")
  var sizes = CountList([2, 4, 8, 16, 32])

  @OptionGroup var cores: ThreadOptions

  @Option(parsing: .unconditional, help: "Timed passes of each team.")
  var repeats = 9

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireAtLeastOne(repeats, "--repeats", atMost: 1_000_000)
  }

  func run() throws {
    let (session, configuration) = try Session.start(
      threads: cores.threads, resolving: { try options.resolve() })
    try session.require { try need(configuration) }
    try session.check(figures.files, inputs: [options.config])
    let result = try TeamBenchmark.run(
      configuration, sizes: sizes.counts, repeats: repeats, pool: session.pool)
    if session.isRoot {
      let value = JSONValue.object([
        ("command", .string("bench team")), ("preset", .string(options.name)),
        ("threads", .integer(session.pool.threadCount)),
        ("images", .integer(result.imagesPerLatent)),
        ("precision", .string(configuration.training.precision.rawValue)),
        ("repeats", .integer(repeats)), ("seconds_alone", .number(result.secondsAlone)),
        ("seconds_per_iteration", .number(result.handOut)),
        (
          "teams",
          .array(
            result.teams.map {
              .object([
                ("size", .integer($0.size)), ("seconds", .number($0.seconds)),
                ("loops", .integer($0.loopCount)), ("undivided", .number($0.undivided)),
              ])
            })
        ), ("blas", .string(Machine.blas)), ("simd", .string(Machine.simd)),
      ])
      try figures.write(value, orText: text(result))
    }
    try session.finish()
  }

  private func need(_ configuration: Configuration) throws -> MemoryNeed {
    let target = try configuration.hypernetworkLayout().target
    let images = configuration.training.imagesPerLatent
    var need = MemoryNeed()
    need.add(
      "training.imagesPerLatent \(images)", images: images, of: target, bytesAnOutput: 2,
      threads: 2)
    return need
  }

  private func text(_ result: TeamBenchmark) -> String {
    var lines = [
      "\(options.name): one target network x \(result.imagesPerLatent) images, medians of \(repeats) passes",
      "  1 thread     \(Format.fixed(1e3 * result.secondsAlone, 2)) ms, measured",
    ]
    for team in result.teams {
      let speed = result.secondsAlone / team.seconds
      lines.append(
        "  \(team.size) threads\(String(repeating: " ", count: max(1, 4 - "\(team.size)".count)))\(Format.fixed(1e3 * team.seconds, 2)) ms by \(team.loopCount) loops: \(Format.fixed(speed, 2)) times as fast, "
          + "\(Format.percent(speed / Double(team.size))) of each; \(Format.percent(team.undivided)) of the work is not divided"
      )
    }
    lines.append(
      "  handing out an iteration takes \(Format.fixed(1e9 * result.handOut, 0)) ns, measured"
    )
    return lines.joined(separator: "\n")
  }
}
