// Costs of messages fitted to measurements.

import Files
import Testing

@testable import Scaling

@Suite struct MessageCostsTests {
  /// Two microseconds a message and 4 GB/s, shared by `cores`.
  private func figures(ranks: Int, cores: Int, nodes: Int = 1) -> JSONValue {
    let cases = [(2.0, 1_600.0), (4, 400_000), (4, 16e6)].map { messages, bytes in
      JSONValue.object([
        ("messages", .number(messages)), ("bytes", .number(bytes)),
        (
          "reproducible_seconds_median",
          .number((2e-6 * messages + bytes / 4e9) / Double(min(ranks, cores)))
        ),
      ])
    }
    return .object([
      ("command", .string("bench reduction")), ("ranks", .integer(ranks)),
      ("nodes", .integer(nodes)),
      ("cores", .integer(cores)), ("cases", .array(cases)),
    ])
  }

  @Test(arguments: [(2, 2, 1.0), (2, 64, 1), (16, 2, 8)])
  func whatMadeThemComesBack(ranks: Int, cores: Int, ranksPerCore: Double) throws {
    let costs = try #require(MessageCosts(figures(ranks: ranks, cores: cores)))
    #expect(abs(costs.perMessage / 2e-6 - 1) <= 1e-6 && abs(costs.bandwidth / 4e9 - 1) <= 1e-6)
    #expect(costs.ranksPerCore == ranksPerCore)
    #expect(abs(costs.seconds(bytes: 4_000) - 3e-6) <= 1e-11)
  }

  /// Whichever of two lengths was disturbed, costs are those of a machine.
  @Test(arguments: [(1e-2, 1e-4), (1e-6, 1e-2)])
  func disturbedFiguresAreOfUse(short: Double, long: Double) throws {
    let cases = [(2.0, 4_800.0, short), (4, 320_000, long)].map { messages, bytes, seconds in
      JSONValue.object([
        ("messages", .number(messages)), ("bytes", .number(bytes)),
        ("reproducible_seconds_median", .number(seconds)),
      ])
    }
    let costs = try #require(
      MessageCosts(
        .object([
          ("command", .string("bench reduction")), ("ranks", .integer(2)), ("nodes", .integer(1)),
          ("cores", .integer(2)), ("cases", .array(cases)),
        ])))
    #expect(costs.perMessage >= 1e-7 && costs.perMessage.isFinite)
    #expect(costs.bandwidth > 0 && costs.bandwidth.isFinite)
  }

  @Test func otherFiguresAreNone() {
    #expect(MessageCosts(figures(ranks: 1, cores: 2)) == nil)
    #expect(MessageCosts(figures(ranks: 2, cores: 4, nodes: 2)) == nil)
    #expect(MessageCosts(.object([("command", .string("bench step"))])) == nil)
  }

  @Test func thoseOfAsManyRanksACoreAreTaken() {
    let all = [1.0, 4, 8].map {
      MessageCosts(perMessage: $0, bandwidth: 1, ranksPerCore: $0)
    }
    for (wanted, taken) in [(0.1, 1.0), (1, 1), (1.9, 1), (2.1, 4), (5, 4), (6, 8), (100, 8)] {
      #expect(MessageCosts.nearest(all, ranksPerCore: wanted)?.ranksPerCore == taken)
    }
    #expect(MessageCosts.nearest([], ranksPerCore: 1) == nil)
  }
}
