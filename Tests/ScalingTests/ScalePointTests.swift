// The points of a study.

import Testing

@testable import Scaling

@Suite struct ScalePointTests {
  @Test func strongPointsKeepTheProblem() throws {
    let points = try ScalePoint.all(
      ranks: [2, 1, 2], threads: [1, 2], latents: 8, shards: 4, isWeak: false)
    #expect(points.map(\.name) == ["1x1", "1x2", "2x1", "2x2"])
    #expect(points.allSatisfy { $0.latents == 8 && $0.shards == 4 })
  }

  @Test func weakPointsKeepLatentsACore() throws {
    let points = try ScalePoint.all(
      ranks: [1, 2, 3], threads: [2], latents: 8, shards: 4, isWeak: true)
    #expect(points.map(\.latents) == [8, 16, 24])
    #expect(points.map(\.shards) == [4, 8, 12])
    #expect(points[1].overrides == ["training.latents=16", "distribution.shards=8"])
  }

  @Test func coresThatAreNoMultipleAreRefused() {
    #expect(throws: ScalingError.self) {
      try ScalePoint.all(ranks: [2, 3], threads: [1], latents: 8, shards: 4, isWeak: true)
    }
  }
}
