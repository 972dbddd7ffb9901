// A point of a scaling study, simulated.

import Collectives
import Configurations
import Files
import Host
import Numerics

/// A step of any number of ranks: its messages by ``StepSchedule``, its computing by ``StepCosts``, replayed by SimGrid on a ``SimulatedPlatform``.
public struct Simulation: Sendable {
  let platform: SimulatedPlatform
  let costs: StepCosts
  /// Whether target networks take the measured steps' times in turn, or their median.
  let isImbalanced: Bool
  /// Whether phases sleep, so that ranks need the node's cores for their messages alone.
  let isAsleep: Bool
  /// Where traces go.
  let folder: String

  public init(
    platform: SimulatedPlatform, costs: StepCosts, isImbalanced: Bool, isAsleep: Bool = false,
    folder: String
  ) {
    (self.platform, self.costs) = (platform, costs)
    (self.isImbalanced, self.isAsleep, self.folder) = (isImbalanced, isAsleep, folder)
  }

  /// The row of one step; `row` has what all have in common.
  public func run(
    _ configuration: Configuration, _ point: ScalePoint, step: Int, row common: StepRow
  ) throws -> StepRow {
    guard configuration.training.imagesPerLatent == costs.images else {
      throw ScalingError(
        "--costs: measured with \(costs.images) images a latent, and training.imagesPerLatent is "
          + "\(configuration.training.imagesPerLatent)", .badRequest)
    }
    let schedule = try StepSchedule(
      configuration, rankCount: point.ranks, mostPeers: Self.mostPeers,
      overhead: platform.overhead)
    let ranksOfNode = min(point.ranks, platform.ranksOfNode(threads: point.threads))
    let near = NodeMessages(
      costs: MessageCosts.nearest(
        costs.messages, ranksPerCore: Double(ranksOfNode) / Double(platform.nodeCores)) ?? .usual,
      ranksOfNode: ranksOfNode)
    var row = common
    var computed = [[Double]](
      repeating: [Double](repeating: 0, count: Phase.allCases.count), count: point.ranks)
    for rank in 0..<point.ranks {
      let plan = schedule.plan
      let latents = plan.samples(of: rank).count
      let whole = Phase.allCases.map { phase in
        guard plan.group(of: rank) != nil else {
          return costs.seconds(
            phase, latents: latents, ranks: point.ranks, threads: point.threads)
            * (phase == .targets ? factor(rank: rank, step: step) : 1)
        }
        // Who shares a shard has some of its images, all threads in one team, and some of its rows.
        let share = Double(plan.slices(of: rank).count) / Double(plan.sliceCount)
        let samples = Double(plan.samplesPerShard)
        switch phase {
        case .targets:
          return costs.seconds(phase, latents: 1, ranks: point.ranks, threads: point.threads)
            * share * samples * factor(rank: rank, step: step)
        case .generate, .backward:
          return costs.seconds(
            phase, latents: samples * (1 - schedule.cutWork * (1 - share)), ranks: point.ranks,
            threads: point.threads)
        default:
          return costs.seconds(
            phase, latents: latents, ranks: point.ranks, threads: point.threads)
        }
      }
      computed[rank] = whole
      let actions = schedule.steadyStep(of: rank, step: step) { work, _ in
        whole[work.phase.rawValue] * work.part
      }
      try RankTrace.write(
        near.received(in: isAsleep ? actions.map(\.asleep) : actions, by: rank), rank: rank,
        to: folder)
    }
    try RankTrace.writeList(rankCount: point.ranks, to: folder)
    row.seconds = try Replay.seconds(
      folder: folder, ranks: point.ranks, threads: point.threads, platform: platform)
    // Ranks at the ends and in the middle send most.
    for rank in Set([0, point.ranks / 2, point.ranks - 1]) {
      let sent = StepSchedule.sent(in: schedule.steadyStep(of: rank, step: step) { _, _ in 0 })
      row.bytes = max(row.bytes, sent.bytes)
      row.messages = max(row.messages, sent.messages)
    }
    let slowest = computed.max { $0.reduce(0, +) < $1.reduce(0, +) }!
    row.slowest = withMessages(slowest, row.seconds)
    row.mean = withMessages(
      Phase.allCases.indices.map { phase in Statistics.mean(computed.map { $0[phase] }) },
      row.seconds)
    row.nodes = platform.nodeCount(ranks: point.ranks, threads: point.threads)
    row.step = step
    let most = schedule.plan.samples(of: 0).count
    row.team =
      schedule.plan.hasGroups
      ? point.threads : most % point.threads == 0 ? 1 : point.threads / (most % point.threads)
    row.images = configuration.training.imagesPerLatent
    return row
  }

  /// Beyond this many, messages to neighbouring ranks are simulated as one.
  static let mostPeers = 64

  private func factor(rank: Int, step: Int) -> Double {
    guard isImbalanced, !costs.imbalance.isEmpty else { return 1 }
    let random = CounterRandom(seed: 0, purpose: .imbalance, major: step, minor: rank)
    return costs.imbalance[random.integer(0, below: costs.imbalance.count)]
  }

  /// What is left of a step is spent on messages.
  private func withMessages(_ phases: [Double], _ seconds: Double) -> [Double] {
    var phases = phases
    phases[Phase.communication.rawValue] = max(0, seconds - phases.reduce(0, +))
    return phases
  }
}

extension MessageAction {
  /// Sleeping in computing's place.
  fileprivate var asleep: MessageAction {
    if case .compute(let nanoseconds) = self { .sleep(nanoseconds: nanoseconds) } else { self }
  }
}
