// What more threads than this machine has would do for one network.

import Configurations
import Host
import Numerics

/// Seconds of one target network's forward and backward pass on one thread, and what teams of several threads would take by
/// ``TeamRehearsal``.
public struct TeamBenchmark: Sendable {
  public struct Rehearsed: Sendable {
    public let size: Int
    /// Median of the passes.
    public let seconds: Double
    /// Loops of a pass, and the part of its time on one thread that is spent outside of them.
    public let loopCount: Int
    public let undivided: Double
  }

  public let imagesPerLatent: Int
  /// Median of one thread's passes.
  public let secondsAlone: Double
  /// Between two threads of the pool that take from one counter.
  public let handOut: Double
  public let teams: [Rehearsed]

  /// Times `repeats` passes alone and as many for each team. Local.
  public static func run(
    _ configuration: Configuration, sizes: [Int], repeats: Int, pool: WorkerPool
  ) throws -> TeamBenchmark {
    let handOut = PoolBenchmark.timeIteration(of: pool)
    let networks = try MadeUpNetworks(configuration, count: 1)
    func seconds(_ size: Int, _ pass: () -> Double) -> Double {
      for _ in 0..<3 { _ = pass() }
      return Statistics.median((0..<repeats).map { _ in pass() })
    }
    let engine = try networks.engine(teamSize: 1)
    let alone = seconds(1) {
      let begin = monotonicSeconds()
      networks.pass(0, on: engine, .alone)
      return monotonicSeconds() - begin
    }
    let teams = try sizes.map { size in
      let rehearsal = TeamRehearsal(size: size, handOut: handOut)
      let team = Team(rehearsal: rehearsal)
      let engine = try networks.engine(teamSize: size)
      var undivided = 0.0
      let together = seconds(size) {
        rehearsal.reset()
        let begin = monotonicSeconds()
        networks.pass(0, on: engine, team)
        undivided = monotonicSeconds() - begin - rehearsal.alone
        return undivided + rehearsal.together
      }
      return Rehearsed(
        size: size, seconds: together, loopCount: rehearsal.loopCount,
        undivided: undivided / (undivided + rehearsal.alone))
    }
    return TeamBenchmark(
      imagesPerLatent: networks.imageCount, secondsAlone: alone, handOut: handOut, teams: teams)
  }
}
