// Networks whose images come in slices, here and there.

import Foundation
import Host
import Numerics
import Synchronization
import TargetNetworks
import Testing

@Suite struct DividedEngineTests {
  /// What a pass gives: gradients of its slices, one behind the other, and what the network says of each.
  struct Passed: Equatable {
    var gradients: [[Double]]
    var losses: [Double]
    var correct: [Int]
  }

  static func cases() throws -> [(name: String, architecture: TargetArchitecture)] {
    try Architectures.normalized() + Architectures.small().map { ($0.name, $0.architecture) }
  }

  private func engine(
    _ problem: Problem, of slices: Int, _ own: Range<Int>, _ activations: ElementType = .float32,
    teamSize: Int = 1
  ) throws -> DividedEngine {
    try DividedEngine(
      architecture: problem.architecture, sliceImages: problem.imageCount / slices,
      sliceCount: slices, slices: own, activations: activations, teamSize: teamSize)
  }

  private func run(
    _ problem: Problem, _ engine: DividedEngine, exchange: (any StatisticsExchange)? = nil,
    team: Team = .alone
  ) -> Passed {
    let count = problem.architecture.weightCount
    let gradients = SharedBuffer<Float>(count: engine.slices.count * count)
    gradients.view.fill(.nan)
    let (first, images) = (
      engine.slices.lowerBound * engine.sliceImages, engine.slices.count * engine.sliceImages
    )
    var losses = [Double](repeating: .nan, count: engine.slices.count)
    var correct = [Int](repeating: -1, count: engine.slices.count)
    let size = problem.architecture.input.count
    engine.trainingPass(
      weights: problem.weights.view, images: problem.images.view.slice(first * size, images * size),
      answers: .classes(problem.labelView.slice(first, images)), gradientScale: 0.5,
      gradients: gradients.view, exchange: exchange, team: team
    ) { slice, result in
      losses[slice] = result.lossSum
      correct[slice] = result.correctCount
    }
    return Passed(
      gradients: (0..<engine.slices.count).map {
        gradients.view.slice($0 * count, count).doubles
      }, losses: losses, correct: correct)
  }

  private func sum(_ gradients: [[Double]]) -> [Double] {
    gradients.dropFirst().reduce(gradients[0]) { zip($0, $1).map { $0 + $1 } }
  }

  /// Against the whole network in Double, whose normalizations see all images, and against differences of its loss.
  @Test(arguments: try Architectures.normalized().indices, [2, 3, 6])
  func slicesTogetherAreTheNetwork(index: Int, slices: Int) throws {
    let (name, architecture) = try Architectures.normalized()[index]
    let problem = Problem(architecture, imageCount: 6, numbers: .normal)
    let naive = NaiveNetwork(architecture: architecture)
    let weights = problem.weightsInDouble
    let expected = naive.forward(weights, problem.naiveImages, problem.labels)
    let found = run(problem, try engine(problem, of: slices, 0..<slices))
    #expect(
      abs(found.losses.reduce(0, +) - expected.crossEntropySum) <= 1e-5 * expected.crossEntropySum)
    #expect(found.correct.reduce(0, +) == expected.correctCount)
    let gradient = sum(found.gradients)
    let exact = naive.gradients(weights, problem.naiveImages, problem.labels, scale: 0.5).weights
    for block in architecture.blocks {
      expectNear(
        Array(gradient[block.range]), Array(exact[block.range]), "\(block.name) of \(name)")
    }
    guard slices == 2 else { return }
    func loss(_ place: Int, _ step: Double) -> Double {
      var theta = weights
      theta[place] += step
      return 0.5 * naive.forward(theta, problem.naiveImages, problem.labels).crossEntropySum
    }
    expectDerivatives(gradient, of: loss, step: 1e-5, count: 40, tolerance: 1e-3, name)
  }

  /// One slice is what the engine of whole networks computes, bit by bit.
  @Test(arguments: try cases().indices, [ElementType.float32, .bfloat16])
  func oneSliceIsTheWhole(index: Int, activations: ElementType) throws {
    let (name, architecture) = try Self.cases()[index]
    let problem = Problem(architecture, imageCount: 5, numbers: .normal)
    let whole = problem.train(try problem.trainingEngine(activations), scale: 0.5)
    let found = run(problem, try engine(problem, of: 1, 0..<1, activations))
    #expect(found.gradients == [whole.gradient], "\(name)")
    #expect(found.losses == [whole.result.lossSum], "\(name)")
  }

  /// Threads that stand for ranks, each with some slices, and one for all of them.
  @Test(
    arguments: try cases().indices, [[0..<1, 1..<4], [0..<2, 2..<3, 3..<4], [0..<3, 3..<4]])
  func sameBitsOnSeveralRanks(index: Int, runs: [Range<Int>]) throws {
    let (name, architecture) = try Self.cases()[index]
    for activations in [ElementType.float32, .bfloat16] {
      let problem = Problem(architecture, imageCount: 8, numbers: .normal)
      let alone = run(problem, try engine(problem, of: 4, 0..<4, activations))
      #expect(alone.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
      let meeting = Meeting(rankCount: runs.count)
      let engines = try runs.map { try engine(problem, of: 4, $0, activations) }
      let found = Mutex([Passed?](repeating: nil, count: runs.count))
      for _ in 0..<2 {
        WorkerPool(threadCount: runs.count).forEach(runs.count) { rank, _ in
          let passed = run(
            problem, engines[rank], exchange: Member(of: meeting, slices: runs[rank], of: 4))
          found.withLock { $0[rank] = passed }
        }
        let all = found.withLock { $0 }.compactMap { $0 }
        #expect(all.flatMap(\.gradients) == alone.gradients, "\(name)")
        #expect(all.flatMap(\.losses) == alone.losses && all.flatMap(\.correct) == alone.correct)
      }
      // One exchange a normalization forward, one backward.
      let count = architecture.blocks.count { $0.isNormalized }
      #expect(meeting.count == 2 * 2 * count)
    }
  }

  @Test(arguments: try cases().indices) func sameBitsOnTeams(index: Int) throws {
    let (name, architecture) = try Self.cases()[index]
    let problem = Problem(architecture, imageCount: 6, numbers: .normal)
    let alone = run(problem, try engine(problem, of: 3, 0..<3))
    let shared = try engine(problem, of: 3, 0..<3, teamSize: 4)
    for threads in [1, 2, 4] {
      WorkerPool(threadCount: threads).forEachTeam(1) { _, _, team in
        #expect(run(problem, shared, team: team) == alone, "\(name)")
      }
    }
  }
}

/// Where threads that stand for ranks wait for each other.
private final class Meeting: @unchecked Sendable {
  private let condition = NSCondition()
  private let rankCount: Int
  private var arrived = 0
  private var round = 0
  private var said: [Int: [Double]] = [:]
  /// Of the last meeting, until all have come to the next.
  private var result: [Int: [Double]] = [:]
  private(set) var count = 0

  init(rankCount: Int) { self.rankCount = rankCount }

  /// What all slices say, each rank saying what its own do.
  func exchange(_ own: [Int: [Double]]) -> [Int: [Double]] {
    condition.lock()
    defer { condition.unlock() }
    if arrived == 0 { said = [:] }
    said.merge(own) { $1 }
    arrived += 1
    let mine = round
    if arrived == rankCount {
      result = said
      (arrived, round, count) = (0, round + 1, count + 1)
      condition.broadcast()
    } else {
      while round == mine { condition.wait() }
    }
    return result
  }
}

private final class Member: StatisticsExchange {
  private let meeting: Meeting
  private let slices: Range<Int>
  private let sliceCount: Int

  init(of meeting: Meeting, slices: Range<Int>, of sliceCount: Int) {
    (self.meeting, self.slices, self.sliceCount) = (meeting, slices, sliceCount)
  }

  func complete(_ parts: DoubleView) {
    let count = parts.count / sliceCount
    let own = slices.map { ($0, parts.slice($0 * count, count).array) }
    for (slice, numbers) in meeting.exchange(Dictionary(uniqueKeysWithValues: own)) {
      parts.slice(slice * count, count).copy(from: numbers)
    }
  }
}
