// What a parallel loop costs that does nothing.

import Glibc
import Host
import Numerics

/// Seconds that loops of a ``WorkerPool`` take beside their work.
public struct PoolBenchmark: Sendable {
  public let threadCount: Int
  /// Whether each thread has a core, and so waits without sleeping within a step.
  public let haveCores: Bool
  /// Of a loop with an iteration for each thread, behind another one: within a step, and outside of steps.
  public let secondsWithinStep: Double
  public let secondsOutside: Double
  /// Of the same when the threads have slept for a while.
  public let secondsAfterSleep: Double
  /// Of handing out one of many iterations.
  public let secondsPerIteration: Double

  /// Medians of `repeats` loops.
  public static func run(pool: WorkerPool, haveCores: Bool, repeats: Int) -> PoolBenchmark {
    func loops(after pause: UInt32 = 0, _ count: Int) -> Double {
      let seconds = (0..<count).map { _ in
        if pause > 0 { usleep(pause) }
        let begin = monotonicSeconds()
        pool.forEach(pool.threadCount, Nothing())
        return monotonicSeconds() - begin
      }
      return Statistics.median(seconds)
    }
    _ = loops(100)
    let perIteration = timeIteration(of: pool)
    return PoolBenchmark(
      threadCount: pool.threadCount, haveCores: haveCores,
      secondsWithinStep: pool.awake { loops(repeats) }, secondsOutside: loops(repeats),
      secondsAfterSleep: loops(after: 2_000, min(repeats, 200)), secondsPerIteration: perIteration)
  }

  /// ``secondsPerIteration`` of a pool.
  public static func timeIteration(of pool: WorkerPool) -> Double {
    let iterations = 1_000_000
    let begin = monotonicSeconds()
    pool.forEach(iterations, Nothing())
    return (monotonicSeconds() - begin) / Double(iterations)
  }
}

private struct Nothing: LoopBody {
  func callAsFunction(_ index: Int, _ thread: Int) {}
}
