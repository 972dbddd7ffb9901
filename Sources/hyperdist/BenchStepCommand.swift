// hyperdist bench step

import ArgumentParser
import Benchmarks
import CHost
import Collectives
import Configurations
import Files
import Host
import Reporting
import Scaling

struct BenchStepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Time whole training steps on made-up images: median, breakdown, memory, allocations."
  )

  @OptionGroup var options: ConfigurationOptions

  @Option(parsing: .unconditional, help: "Overrides training.latents.")
  var latents: Int?

  @OptionGroup var cores: ThreadOptions

  @Option(parsing: .unconditional, help: "Timed steps.")
  var repeats = 20

  @Option(
    help: ArgumentHelp(
      "Write what MPI is told in one more step: traces for hyperdist simulate and SimGrid, timeline.json for timeline viewers.",
      valueName: "folder"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Sleep in the place of computing, as long as these figures of bench step --json say; messages are real. Separated by commas.",
      valueName: "files"))
  var sleep: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Play that many threads of one rank on one thread, each having a core: what they would take is put together from the times of their loops' iterations.",
      valueName: "threads"))
  var rehearse: Int?

  @OptionGroup var figures: FigureOptions

  func validate() throws {
    try requireAtLeastOne(repeats, "--repeats", atMost: 1_000_000)
    try requireName(trace, "--trace")
    try requireName(sleep, "--sleep")
    guard let rehearse else { return }
    try requireAtLeastOne(rehearse, "--rehearse", atMost: 1024)
    if sleep != nil || trace != nil {
      throw ValidationError("--rehearse stands alone: without --sleep and --trace")
    }
  }

  func run() throws {
    let (session, configuration) = try Session.start(
      threads: cores.threads,
      resolving: {
        try options.resolve(extra: latents.map { ["training.latents=\($0)"] } ?? [])
      })
    try session.require {
      try .training(
        configuration, threads: rehearse ?? session.pool.threadCount,
        ranks: session.communicator.size)
    }
    if rehearse != nil, session.communicator.size > 1 {
      try session.together {
        throw CommandError(
          description: "--rehearse plays the threads of one rank; start it without mpirun")
      }
    }
    try session.check(figures.files, inputs: [options.config])
    let tracing = try trace.map { try TracedBenchmark(folder: $0, configuration, session) }
    let pool = try player(configuration, session).map { WorkerPool(player: $0) } ?? session.pool
    let result = try StepBenchmark.run(
      configuration, repeats: repeats, communicator: session.communicator, pool: pool,
      trace: tracing?.trace
    ) {
      (hyperdist_own_allocations(), hyperdist_library_allocations())
    }
    try tracing?.write(session)
    if session.isRoot {
      try figures.write(
        json(result, oversubscribed: session.placement.isOversubscribed), orText: text(result))
    }
    try session.finish()
  }

  /// What takes the place of this rank's threads, where they are to be played or to sleep.
  private func player(_ configuration: Configuration, _ session: Session) throws
    -> (any LoopPlayer)?
  {
    if let rehearse {
      return PoolRehearsal(
        threadCount: rehearse, handOut: PoolBenchmark.timeIteration(of: session.pool))
    }
    guard let sleep else { return nil }
    let costs = try session.together {
      try StepCosts(files: sleep.split(separator: ",").map(String.init))
    }
    let schedule = try StepSchedule(configuration, rankCount: session.communicator.size)
    let latents = schedule.plan.samples(of: session.communicator.rank).count
    return LoopStandIn(
      threadCount: session.pool.threadCount,
      seconds: Phase.allCases.map {
        costs.seconds(
          $0, latents: latents, ranks: session.communicator.size, threads: session.pool.threadCount)
      })
  }

  private func json(_ result: StepBenchmark, oversubscribed: Bool) -> JSONValue {
    let machine = MachineDescription.current
    return .object([
      ("command", .string("bench step")), ("preset", .string(options.name)),
      ("ranks", .integer(result.rankCount)), ("threads", .integer(result.threadCount)),
      ("latents", .integer(result.latents)), ("images", .integer(result.imagesPerLatent)),
      ("seconds_median", .number(result.secondsMedian)),
      ("seconds_min", .number(result.secondsMinimum)), ("repeats", .integer(result.repeats)),
      ("flops", .number(result.flops)), ("gflops_per_second", .number(result.gigaflopsPerSecond)),
      (
        "breakdown",
        .object(result.breakdown.map { ("\($0.0)", JSONValue.number($0.1)) })
      ), ("step_seconds", .array(result.stepSeconds.map { .number($0) })),
      ("steps", .array(result.steps.map(json))), ("digest", .string(result.digest)),
      ("rehearsed", .bool(rehearse != nil)), ("nodes", .integer(result.nodeCount)),
      ("team", .integer(result.teamSize)),
      ("oversubscribed", .bool(oversubscribed)), ("host", .string(machine.host)),
      ("processor", .string(machine.processor)), ("mpi", .string(Communicator.libraryVersion)),
      ("rank_phases", .array(result.phases.map(json))),
      (
        "work",
        .object(
          result.work.map {
            (
              "\($0.0)",
              .object([("flops", .number($0.1.flops)), ("bytes", .number($0.1.bytes))])
            )
          })
      ),
      (
        "core_limits",
        .object([
          ("f32_flops_per_second", .number(result.limits.productRate)),
          (
            "bf16_flops_per_second", result.limits.bfloat16Rate.map { .number($0) } ?? .null
          ),
          ("bytes_per_second", .number(result.limits.memoryRate)),
        ])
      ),
      (
        "communication",
        .object([
          ("in_flight_seconds", .number(result.communication.inFlightSeconds)),
          ("exposed_seconds", .number(result.communication.exposedSeconds)),
          ("hidden_fraction", .number(result.communication.hiddenFraction)),
          ("waiting_seconds", .number(result.communication.waitingSeconds)),
          ("transfer_seconds", .number(result.communication.transferSeconds)),
          ("transfer_seconds_min", .number(result.communication.transferSecondsMinimum)),
          ("bytes_sent", .integer(result.communication.bytesSent)),
          ("blocking_operations", .integer(result.communication.blockingOperations)),
          ("started_operations", .integer(result.communication.startedOperations)),
          ("messages_sent", .integer(result.communication.messagesSent)),
        ])
      ), ("peak_rss_bytes", .integer(result.peakResidentBytes)),
      ("allocations_per_step", .number(result.allocationsPerStep)),
      ("library_allocations_per_step", .number(result.libraryAllocationsPerStep)),
      ("blas", .string(Machine.blas)), ("simd", .string(Machine.simd)),
    ])
  }

  private func json(_ rank: StepBenchmark.RankPhases) -> JSONValue {
    .object([("host", .string(rank.host))] + members(rank.seconds))
  }

  private func json(_ step: StepRecord) -> JSONValue {
    .object([
      ("seconds", .number(step.seconds)), ("slowest", .object(members(step.slowest))),
      ("mean", .object(members(step.mean))), ("bytes", .integer(step.bytes)),
      ("messages", .integer(step.messages)), ("waiting", .number(step.waiting)),
    ])
  }

  private func members(_ phases: [Double]) -> [(String, JSONValue)] {
    zip(Phase.allCases, phases).map { ("\($0)", .number($1)) }
  }

  private func text(_ result: StepBenchmark) -> String {
    func milliseconds(_ seconds: Double) -> String { "\((seconds * 1e5).rounded() / 100) ms" }
    var lines = [
      "\(options.name): \(result.latents) networks x \(result.imagesPerLatent) images, "
        + "\(result.rankCount) ranks x \(result.threadCount) threads\(rehearse == nil ? "" : ", rehearsed on one"), \(result.repeats) steps",
      "  step              \(milliseconds(result.secondsMedian)) median, "
        + "\(milliseconds(result.secondsMinimum)) least, "
        + "\(Int(result.gigaflopsPerSecond.rounded())) GFLOP/s",
    ]
    for (phase, seconds) in result.breakdown {
      let name = "\(phase)"
      let all = result.phases.map { $0.seconds[phase.rawValue] }
      let range =
        result.rankCount > 1
        ? " (ranks: \(milliseconds(all.min()!)) to \(milliseconds(all.max()!)))" : ""
      lines.append(
        "    \(name)\(String(repeating: " ", count: 16 - name.count))\(milliseconds(seconds))\(range)"
      )
    }
    if result.rankCount > 1 {
      let communication = result.communication
      lines.append(
        "  ranks' messages   \(milliseconds(communication.inFlightSeconds)) under way, "
          + "\(milliseconds(communication.exposedSeconds)) of the step spent on them "
          + "(\(Format.percent(communication.hiddenFraction)) hidden), "
          + "\(communication.bytesSent / 1000) kB sent")
      lines.append(
        "    in              \(communication.blockingOperations) operations that block, "
          + "\(communication.startedOperations) that do not, \(communication.messagesSent) messages a rank"
      )
      lines.append(
        "    of which        \(milliseconds(communication.waitingSeconds)) waiting for slower ranks, "
          + "\(milliseconds(communication.transferSeconds)) moving data (least "
          + "\(milliseconds(communication.transferSecondsMinimum))), in separate steps")
    }
    lines += workLines(result)
    lines.append("  peak memory       \(result.peakResidentBytes >> 20) MiB a rank")
    lines.append(
      "  allocations       \(result.allocationsPerStep) a step by the program, "
        + "\(result.libraryAllocationsPerStep) inside libraries")
    return lines.joined(separator: "\n")
  }

  /// What the hypernetwork's phases did a second, and what a core does at best.
  private func workLines(_ result: StepBenchmark) -> [String] {
    func giga(_ value: Double) -> String { "\((value * 1e-8).rounded() / 10)" }
    let phases = result.work.map { phase, work in
      let seconds = result.breakdown.first { $0.0 == phase }?.1 ?? .nan
      let products =
        work.flops > 0
        ? "\(giga(work.flops)) GFLOP at \(giga(work.flops / seconds)) a second, " : ""
      return "    \(phase): \(products)\(giga(work.bytes)) GB at \(giga(work.bytes / seconds))"
    }
    guard !result.work.isEmpty else { return [] }
    let bfloat16 = result.limits.bfloat16Rate.map { ", \(giga($0)) of bfloat16" } ?? ""
    return ["  hypernetwork's work"] + phases + [
      "    a core at best: \(giga(result.limits.productRate)) GFLOP/s\(bfloat16), "
        + "\(giga(result.limits.memoryRate)) GB/s"
    ]
  }
}
