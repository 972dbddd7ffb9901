// Costs fitted to measurements.

import Host
import Testing

@testable import Scaling

@Suite struct StepCostsTests {
  private func observation(
    ranks: Int = 1, threads: Int, latents: Int = 8, _ seconds: (Phase) -> Double
  ) -> StepCosts.Observation {
    StepCosts.Observation(
      ranks: ranks, threads: threads, latents: latents, images: 4,
      seconds: Phase.allCases.map(seconds))
  }

  @Test func oneMeasurementIsDividedEvenly() throws {
    let costs = try StepCosts([observation(threads: 1) { _ in 8 }])
    #expect(costs.seconds(.targets, latents: 8, ranks: 1, threads: 1) == 8)
    #expect(costs.seconds(.targets, latents: 3, ranks: 1, threads: 1) == 3)
    // Five networks on four threads: one each, and the fifth on all.
    #expect(costs.seconds(.targets, latents: 5, ranks: 1, threads: 4) == 1.25)
    #expect(costs.seconds(.backward, latents: 2, ranks: 4, threads: 2) == 1)
    #expect(costs.seconds(.optimizer, latents: 2, ranks: 4, threads: 2) == 1)
    #expect(costs.seconds(.communication, latents: 8, ranks: 1, threads: 1) == 0)
    #expect(costs.seconds(.targets, latents: 0, ranks: 16, threads: 1) == 0)
    #expect(!costs.knowsTeams)
  }

  @Test func whatDoesNotFallWithThreadsStays() throws {
    let costs = try StepCosts([
      observation(threads: 1) { $0 == .generate ? 9 : 8 },
      observation(threads: 2) { $0 == .generate ? 5 : 4 },
    ])
    #expect(abs(costs.seconds(.generate, latents: 8, ranks: 1, threads: 4) - 3) <= 1e-9)
    #expect(abs(costs.seconds(.backward, latents: 8, ranks: 1, threads: 4) - 2) <= 1e-9)
  }

  /// One network on two threads takes 0.6 of the time: Amdahl's serial part is 0.2.
  @Test func speedOfTeamsIsFitted() throws {
    let costs = try StepCosts([
      observation(threads: 1, latents: 1) { _ in 1 },
      observation(threads: 2, latents: 1) { _ in 0.6 },
    ])
    #expect(costs.knowsTeams && abs(costs.teams.serialPart - 0.2) <= 0.011)
    #expect(abs(costs.seconds(.targets, latents: 1, ranks: 1, threads: 8) - 0.3) <= 0.01)
  }

  @Test func nothingIsNegative() throws {
    // Twice the threads, more than twice the speed.
    let costs = try StepCosts([
      observation(threads: 1) { _ in 8 }, observation(threads: 2) { _ in 3 },
    ])
    for phase in Phase.allCases {
      #expect(costs.seconds(phase, latents: 1, ranks: 8, threads: 64) >= 0)
    }
  }

  @Test func otherFilesAreRefused() {
    #expect(throws: ScalingError.self) { try StepCosts(files: ["/nowhere.json"]) }
    #expect(throws: ScalingError.self) { try StepCosts(files: ["/proc/version"]) }
    #expect(throws: ScalingError.self) { try StepCosts(files: []) }
  }
}
