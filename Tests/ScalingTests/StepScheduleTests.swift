// The messages of a step fit together.

import Collectives
import Configurations
import Hypernetworks
import Testing
import TrainedModels

@testable import Scaling

@Suite struct StepScheduleTests {
  /// Every message that a rank sends is one that another makes room for, of as many bytes, in the order of their space.
  @Test(
    arguments: ["mnist", "lenet-cifar10", "resnet32-cifar10"], [1, 2, 3, 5, 8, 16, 32])
  func sendsMeetReceives(preset: String, ranks: Int) throws {
    try checkMessages(of: .preset(preset), ranks: ranks)
  }

  /// The same where ranks outnumber shards and divide images.
  @Test(arguments: [8, 9, 16, 21, 32, 64, 100, 128])
  func sendsMeetReceivesInGroups(ranks: Int) throws {
    for slices in [4, 16] {
      try checkMessages(
        of: .preset(
          "resnet32-cifar10",
          overrides: ["distribution={shards: 8, slices: \(slices)}", "training.latents=16"]),
        ranks: min(ranks, 8 * slices))
    }
  }

  /// A normalization's exchanges are two, forward and backward, for each of the shard's latents; each rank makes its slices of the rows.
  @Test func oneExchangeANormalizationEachWay() throws {
    let configuration = try Configuration.preset(
      "resnet32-cifar10", overrides: ["distribution.slices=2"])
    let schedule = try StepSchedule(configuration, rankCount: 64)
    let space =
      1 + Set(
        try StepSchedule(configuration, rankCount: 32).actions(of: 0) { _, _ in 0 }.compactMap(
          \.space)
      ).max()!
    let sent = schedule.actions(of: 0) { _, _ in 0 }.compactMap { action in
      if case .send(1, space, let bytes) = action { bytes } else { nil }
    }
    // First the weights of half of the filters; the last layer's 650 are one generator's single row, which both ranks make.
    #expect(sent.first == 4 * (464_154 - 650) / 2)
    // 31 normalizations, mean and variance of 16, 32, 64 channels in double precision; the halves of the gradient's sum.
    let channels = 11 * 16 + 10 * 32 + 10 * 64
    #expect(sent.dropFirst().prefix(62).reduce(0, +) == 2 * 16 * channels)
    // Last the gradients of half of the filters' codes.
    let layout = try configuration.hypernetworkLayout()
    let codes = layout.generators.filter { $0.rowsPerLatent > 1 }.reduce(0) {
      $0 + $1.rowsPerLatent * $1.inputWidth
    }
    #expect(sent.last == 4 * codes / 2)
    #expect(sent.count == 1 + 62 + 2 + 1)
  }

  private func checkMessages(of configuration: Configuration, ranks: Int) throws {
    let schedule = try StepSchedule(configuration, rankCount: ranks)
    var sent: [[Int]: [Int]] = [:]
    var received: [[Int]: [Int]] = [:]
    for rank in 0..<ranks {
      let actions = schedule.actions(of: rank, steps: 2) { _, _ in 0 }
      for action in actions {
        switch action {
        case .send(let peer, let space, let bytes):
          sent[[rank, peer, space], default: []].append(bytes)
        case .receive(let peer, let space, let bytes):
          received[[peer, rank, space], default: []].append(bytes)
        case .compute, .sleep, .waitSent, .waitReceived: break
        }
      }
      // Each is waited for.
      let messages = actions.filter(\.isMessage).count
      #expect(2 * messages == actions.count)
    }
    #expect(sent == received)
    #expect(sent.isEmpty == (ranks == 1))
  }

  /// log2 P messages a sum, not P - 1.
  @Test func messagesGrowWithTheLogarithm() throws {
    let counts = try [8, 16, 32].map { ranks in
      let schedule = try StepSchedule(.preset("resnet32-cifar10"), rankCount: ranks)
      return schedule.actions(of: 0) { _, _ in 0 }.count { action in
        // Each part has a space of its own; the second is the extractor's divided layer, then come the generators.
        if case .send(_, let space, _) = action { (2...3).contains(space) } else { false }
      }
    }
    #expect(counts == [12, 16, 20])
  }

  /// What a rank computes is divided among pieces that make up the whole.
  @Test(
    arguments: ["mnist", "lenet-cifar10", "resnet32-cifar10"],
    ["entropy", "output-entropy", "ensemble", "none"])
  func piecesOfWorkMakeUpThePhases(preset: String, term: String) throws {
    for (ranks, steps) in [(1, 1), (1, 3), (4, 1), (4, 3)] {
      let schedule = try StepSchedule(
        .preset(preset, overrides: ["objective.diversity=\(term)"]), rankCount: ranks)
      let computed = schedule.actions(of: ranks - 1, steps: steps) { work, _ in
        work.part * Double(1 + work.phase.rawValue)
      }.reduce(0.0) { sum, action in
        if case .compute(let nanoseconds) = action { sum + 1e-9 * Double(nanoseconds) } else { sum }
      }
      // All phases but communication.
      #expect(abs(computed - Double(steps * (36 - 6))) <= 1e-3, "\(ranks) ranks")
    }
  }

  /// In few messages, as many bytes.
  @Test func bandsSendAsManyBytes() throws {
    let configuration = try Configuration.preset(
      "resnet32-cifar10", overrides: ["objective.diversity=entropy"])
    func schedule(_ mostPeers: Int?) throws -> StepSchedule {
      try StepSchedule(configuration, rankCount: 128, mostPeers: mostPeers)
    }
    let (exact, coarse) = (try schedule(nil), try schedule(64))
    func sent(_ schedule: StepSchedule) -> (Int, Int) {
      (0..<128).reduce(into: (0, 0)) { sum, rank in
        let own = StepSchedule.sent(in: schedule.steadyStep(of: rank, step: 1) { _, _ in 0 })
        sum = (sum.0 + own.bytes, sum.1 + own.messages)
      }
    }
    let (all, few) = (sent(exact), sent(coarse))
    #expect(all.0 == few.0 && few.1 < all.1)
  }

  @Test func whatHasNoScheduleIsRefused() {
    for overrides in [["distribution.reduction=fast"], ["baseline.method=sgd"]] {
      #expect(throws: ScalingError.self) {
        try StepSchedule(.preset("quickstart", overrides: overrides), rankCount: 2)
      }
    }
  }
}
