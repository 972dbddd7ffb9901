// A study goes on where it was.

import TestSupport
import Testing

@testable import Scaling

@Suite struct ScalingStudyTests {
  private func study(_ folder: TestFolder, steps: Int = 3, configuration: String = "a: 1\n") throws
    -> ScalingStudy
  {
    try ScalingStudy(
      folder: folder.path,
      points: try ScalePoint.all(
        ranks: [1, 2, 4], threads: [1, 2], latents: 8, shards: 8, isWeak: false),
      mode: .strong, rounds: 4, steps: steps, configuration: configuration)
  }

  @Test func roundsHaveEveryPointInAnotherOrder() throws {
    let missing = try study(TestFolder()).missing
    #expect(missing.map(\.round) == (1...4).flatMap { [Int](repeating: $0, count: 6) })
    let orders = (0..<4).map { round in missing[6 * round..<6 * round + 6].map(\.point.name) }
    #expect(orders.allSatisfy { Set($0).count == 6 })
    #expect(Set(orders).count > 1)
  }

  @Test func whatIsThereIsNotTimedAgain() throws {
    let folder = TestFolder()
    var first = try study(folder)
    let order = first.missing
    for (point, round) in order.prefix(7) {
      try first.add([
        StepTableTests.row(
          ranks: point.ranks, threads: point.threads, latents: 8, round: round)
      ])
    }
    let rest = try study(folder).missing
    #expect(rest.map(\.point.name) == order.dropFirst(7).map(\.point.name))
    #expect(rest.map(\.round) == order.dropFirst(7).map(\.round))
  }

  @Test func otherSettingsAreRefused() throws {
    let folder = TestFolder()
    _ = try study(folder)
    for make in [
      { try study(folder, steps: 4) }, { try study(folder, configuration: "a: 2 # x\n") },
    ] {
      do {
        _ = try make()
        Issue.record("taken")
      } catch let error as ScalingError {
        #expect(
          error.description.contains(": steps: 3, now steps: 4)")
            || error.description.contains(": a: 1, now a: 2)"))
        #expect(error.exitStatus == .badRequest)
      }
    }
  }
}
