// Steps of networks that train alone against PyTorch's, and on any division.

import Baselines
import Configurations
import Datasets
import Host
import Kernels
import Numerics
import TestSupport
import Testing
import Training

/// Tests/HypernetworksTests/Golden/members.py says how the values are made.
@Suite struct MemberStepTests {
  private static let shape = ImageShape(channels: 1, height: 28, width: 28)
  private static let images = LabeledImages(
    shape: shape, classCount: 10,
    pixels: (0..<500 * 784).map { UInt8(256 * GoldenNumbers.uniform(tensor: 108, index: $0)) },
    labels: (0..<500).map { GoldenNumbers.label(tensor: 109, index: $0) })

  private func configuration(_ settings: [String]) throws -> Configuration {
    try Configuration.preset(
      "mnist",
      overrides: [
        "baseline={method: deep-ensemble, members: 2, steps: 10, batch: 64, sliceImages: 16}",
        "training.seed=78187493520", "data.validationCount=0", "validation.every=0",
      ] + settings)
  }

  private func step(
    _ settings: [String], threads: Int = 2, images: LabeledImages = images
  ) throws -> MemberStep {
    let configuration = try configuration(settings)
    return try MemberStep(
      configuration, target: configuration.targetArchitecture(input: Self.shape), images: images,
      communicator: .alone, pool: WorkerPool(threadCount: threads) { LibraryThreads.useOne() })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let settings: [String]
    let tolerance: GoldenSummary.Tolerance
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "members-sgd",
      settings: [
        "baseline={optimizer: sgd, learningRate: 0.05, momentum: 0.9, weightDecay: 0.01}",
        "baseline={learningRateDecay: 1, drops: [4, 7], dropFactor: 0.25}",
      ],
      tolerance: .init(norm: 5e-5, dot: 1e-3, element: 2e-2)),
    Case(
      name: "members-adam",
      settings: [
        "baseline={optimizer: adam, learningRate: 0.001, learningRateDecay: 1, drops: [4, 7]}",
        "baseline.dropFactor=0.25",
      ],
      tolerance: .init(norm: 2e-3, dot: 2e-2, element: 5e-2)),
  ]

  @Test(arguments: cases) func tenSteps(_ run: Case) throws {
    let golden = try GoldenCase(named: run.name)
    let step = try step(run.settings)
    var first: [SharedBuffer<Float>] = []
    for (number, member) in step.members.enumerated() {
      for index in 0..<member.weights.count {
        member.weights[index] = GoldenNumbers.signed(tensor: 500 + number, index: index) / 8
      }
      let copy = SharedBuffer<Float>(count: member.weights.count)
      copy.view.copy(from: member.weights)
      first.append(copy)
    }
    let expected = golden.objects("members")
    let losses = expected.map { $0.numbers("losses") }
    for index in 0..<10 {
      let report = try step.run(index + 1, measure: true)
      #expect(abs(report.accuracyLoss - (losses[0][index] + losses[1][index]) / 2) <= 2e-5)
      #expect(report.skipped == nil)
    }
    for (number, member) in step.members.enumerated() {
      let state = member.state
      VectorMath.add(member.weights, times: -1, to: first[number].view)
      VectorMath.scale(first[number].view, by: -1)
      expected[number].summary("change")
        .expect(first[number].view, "change of \(number)", within: run.tolerance)
      for (name, part) in zip(["first", "second"], state.dropFirst()) {
        expected[number].summary("state", name)
          .expect(part.values, "\(part.name) of \(number)", within: run.tolerance)
      }
    }
  }

  /// Number 1 of a run is number 0 of the run whose seed is one higher, however many others and threads there are.
  @Test func membersAreTheirSeeds() throws {
    let two = try step(["data.augment=shift"])
    let one = try step(
      ["baseline.members=1", "training.seed=78187493521", "data.augment=shift"], threads: 3)
    for index in 1...3 {
      _ = try two.run(index, measure: false)
      _ = try one.run(index, measure: false)
    }
    #expect(two.members[1].weights.array == one.members[0].weights.array)
    #expect(two.members[0].weights.array != two.members[1].weights.array)
  }

  /// Adam lifts every spread by its rate: the divergence of MNIST's target, 170,600 nats at first, falls by 19,952 + 66 / 2 thousandths a step.
  @Test func divergenceFalls() throws {
    let step = try step([
      "baseline={method: mnfg, members: 1, batch: 4, sliceImages: 2}",
      "baseline={learningRate: 0.001, learningRateDecay: 1}",
    ])
    #expect(step.members[0].weights.count == 808_156)
    func divergence(_ report: StepReport) -> Double { report.diversity.loss * 500 }
    var (early, late) = (0.0, 0.0)
    for index in 1...60 {
      let report = try step.run(index, measure: true)
      if index <= 10 { early += divergence(report) / 10 }
      if index > 50 { late += divergence(report) / 10 }
    }
    #expect(abs(early - 170_500) <= 300)
    #expect(abs((early - late) / 50 - 19.985) <= 1.5)
  }

  /// A network whose gradient is not finite keeps all from moving, and is named.
  @Test func skippedSteps() throws {
    let step = try step(["baseline.optimizer=adam"])
    let before = step.members[0].weights.array
    step.members[1].weights[step.members[1].weights.count - 1] = .nan
    let report = try step.run(1, measure: false)
    #expect(report.skipped?.quantity == .networkLoss)
    #expect(report.skipped?.sample == 1)
    #expect(step.members[0].weights.array == before)
    step.members[1].weights.fill(0)
    #expect(try step.run(1, measure: false).skipped == nil)
    #expect(step.members[0].weights.array != before)
  }
}
