// How fast teams are taken to be.

import Files
import Host
import Testing

@testable import Scaling

@Suite struct TeamSpeedTests {
  private let rehearsed = """
    {"command": "bench team", "images": 4, "seconds_alone": 0.1,
     "teams": [{"size": 8, "seconds": 0.02}, {"size": 2, "seconds": 0.06}]}
    """

  @Test func betweenTwoSizesTimeIsLinearInTheReciprocal() throws {
    let json = try #require(JSONValue(parsing: rehearsed))
    let (speed, images) = try #require(TeamSpeed.read(json))
    #expect(images == 4)
    #expect(speed.part(of: 1) == 1)
    #expect(abs(speed.part(of: 2) - 0.6) <= 1e-12 && abs(speed.part(of: 8) - 0.2) <= 1e-12)
    // 1/4 is two thirds of the way from 1/2 to 1/8.
    #expect(abs(speed.part(of: 4) - (0.6 - 0.4 * 2 / 3)) <= 1e-12)
    #expect(speed.part(of: 64) == speed.part(of: 8))
  }

  @Test func amdahlsLaw() {
    #expect(TeamSpeed(serialPart: 0.2).part(of: 4) == 0.4)
    #expect(TeamSpeed(serialPart: 0).part(of: 4) == 0.25)
  }

  @Test func otherFiguresAreNone() {
    for text in [
      "{}", #"{"command": "bench step"}"#, #"{"command": "bench team", "images": 4}"#,
      #"{"command": "bench team", "images": 4, "seconds_alone": 1, "teams": [{"size": 0, "seconds": 1}]}"#,
    ] {
      #expect(JSONValue(parsing: text).flatMap { TeamSpeed.read($0) } == nil, "\(text)")
    }
  }

  /// Rehearsed teams count for more networks than threads too: 3 latents on 2 threads are one each and one on both.
  @Test func costsUseThem() throws {
    let json = try #require(JSONValue(parsing: rehearsed))
    let one = StepCosts.Observation(
      ranks: 1, threads: 1, latents: 8, images: 4, seconds: Phase.allCases.map { _ in 8 })
    let costs = try StepCosts([one], teams: TeamSpeed.read(json)?.speed)
    #expect(costs.knowsTeams)
    #expect(abs(costs.seconds(.targets, latents: 3, ranks: 1, threads: 2) - 1.6) <= 1e-12)
    #expect(abs(costs.seconds(.targets, latents: 2, ranks: 1, threads: 16) - 0.2) <= 1e-12)
  }
}
