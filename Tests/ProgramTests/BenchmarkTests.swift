// What bench step promises.

import Foundation
import RankLauncher
import Testing

@Suite(.serialized) struct BenchmarkTests {
  @Test(arguments: [(1, 1, 0), (1, 2, 0), (2, 1, 0), (2, 1, 5)])
  func warmStepAllocatesNothing(ranks: Int, threads: Int, candidates: Int) throws {
    let run = try Program.succeed(
      [
        "bench", "step", "--preset", "mnist", "--repeats", "3", "--threads", "\(threads)",
        "--json", "-", "--set", "objective.entropy.candidates=\(candidates)",
      ], ranks: ranks)
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    func number(_ key: String) -> Double { (result[key] as? NSNumber)?.doubleValue ?? .nan }
    #expect(number("allocations_per_step") == 0)
    // The count works: oneDNN allocates a little in every call.
    #expect(number("library_allocations_per_step") > 0)
    #expect(number("peak_rss_bytes") <= 500e6)
    #expect(number("ranks") == Double(ranks))
    #expect(number("threads") == Double(threads))
    let breakdown = try #require(result["breakdown"] as? [String: NSNumber])
    let total = breakdown.values.reduce(0) { $0 + $1.doubleValue }
    #expect(total > 0 && total <= 2 * number("seconds_median"))
    for key in [
      "command", "preset", "latents", "images", "seconds_min", "repeats", "flops",
      "gflops_per_second", "blas", "simd",
    ] {
      #expect(result[key] != nil)
    }
  }
}
