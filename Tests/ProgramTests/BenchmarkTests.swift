// What bench step promises.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct BenchmarkTests {
  /// Where a latent's images come in slices, on a rank and on several.
  @Test(arguments: [(1, 2), (2, 1), (4, 1), (5, 2)])
  func warmStepOfSlicesAllocatesNothing(ranks: Int, threads: Int) throws {
    let run = try Program.succeed(
      [
        "bench", "step", "--preset", "quickstart", "--repeats", "3", "--threads", "\(threads)",
        "--json", "-",
      ] + TraceTests.sliced.flatMap { ["--set", $0] } + [
        "--set", "training.latents=4", "--set", "distribution.shards=2", "--set", ScaleTests.small,
      ], ranks: ranks)
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect((result["allocations_per_step"] as? NSNumber)?.doubleValue == 0)
  }

  /// Twelve threads that one thread plays make the same numbers; who is to be played must be there alone.
  @Test func threadsAreRehearsed() throws {
    func result(_ arguments: [String]) throws -> [String: Any] {
      let run = try Program.succeed(
        [
          "bench", "step", "--preset", "quickstart", "--repeats", "6", "--json", "-", "--set",
          "training.latents=16", "--set", "distribution.shards=8",
        ] + arguments)
      return try #require(
        try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }
    let (alone, rehearsed) = (
      try result(["--threads", "1"]), try result(["--rehearse", "12"])
    )
    #expect(rehearsed["rehearsed"] as? Bool == true && alone["rehearsed"] as? Bool == false)
    #expect(rehearsed["threads"] as? Int == 12 && rehearsed["team"] as? Int == 3)
    #expect(rehearsed["digest"] as? String == alone["digest"] as? String)
    // The least of six: other programs on the machine may disturb most steps.
    let seconds = { (result: [String: Any]) in
      (result["seconds_min"] as? NSNumber)?.doubleValue ?? .nan
    }
    #expect(seconds(rehearsed) > 0 && seconds(rehearsed) < seconds(alone))
    for (arguments, ranks, line) in [
      (["--rehearse", "4"], 2, "plays the threads of one rank; start it without mpirun"),
      (["--rehearse", "4", "--sleep", "x.json"], 1, "--rehearse stands alone"),
      (["--rehearse", "0"], 1, "--rehearse"),
    ] {
      let run = try Program.run(
        ["bench", "step", "--preset", "quickstart"] + arguments, ranks: ranks)
      #expect(run.status != 0 && run.errors.contains(line), "\(run.errors)")
    }
  }

  @Test(arguments: [(1, 1, 0), (1, 2, 0), (2, 1, 0), (2, 1, 5)])
  func warmStepAllocatesNothing(ranks: Int, threads: Int, candidates: Int) throws {
    let run = try Program.succeed(
      [
        "bench", "step", "--preset", "mnist", "--repeats", "3", "--threads", "\(threads)",
        "--json", "-", "--set", "objective.entropy.candidates=\(candidates)", "--set",
        "training.averageDecay=0.99",
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
    let communication = try #require(result["communication"] as? [String: NSNumber])
    func part(_ key: String) -> Double { communication[key]?.doubleValue ?? .nan }
    if ranks == 1 {
      for (key, value) in communication { #expect(value == 0, "\(key)") }
    } else {
      // Half of 633,640 floats there and back, and half of the weight vectors; of the extractor's last layer nothing there.
      let (all, wide) = (Double(633_640 + 16 * 20_018), Double(300 * 855))
      #expect(part("bytes_sent") >= 4 * (all - wide / 2))
      #expect(part("bytes_sent") < 4 * all)
      #expect(part("exposed_seconds") > 0)
      #expect(part("exposed_seconds") <= number("seconds_median"))
      #expect(part("in_flight_seconds") >= part("exposed_seconds"))
      #expect(part("hidden_fraction") >= 0 && part("hidden_fraction") < 1)
      #expect(part("waiting_seconds") > 0)
      #expect(part("transfer_seconds_min") > 0)
      #expect(part("transfer_seconds") >= part("transfer_seconds_min"))
    }
    let breakdown = try #require(result["breakdown"] as? [String: NSNumber])
    let total = breakdown.values.reduce(0) { $0 + $1.doubleValue }
    let steps = try #require(result["step_seconds"] as? [NSNumber]).map(\.doubleValue)
    // Both are means over the timed steps: no phase is counted twice, however busy the machine is.
    #expect(steps.count == 3 && total > 0)
    #expect(total <= steps.reduce(0, +) / 3)
    let work = try #require(result["work"] as? [String: [String: NSNumber]])
    // Forward and backward without the gradient with respect to latents.
    let products = work.values.reduce(0) { $0 + ($1["flops"]?.doubleValue ?? .nan) }
    #expect(products == 2 * 32 * (3 * 2_735_680 - 300 * 300))
    let optimizer = try #require(work["optimizer"]?["bytes"])
    #expect(optimizer.doubleValue == 32.0 * 633_640)
    let limits = try #require(result["core_limits"] as? [String: Any])
    for key in ["f32_flops_per_second", "bytes_per_second"] {
      let rate = (limits[key] as? NSNumber)?.doubleValue ?? .nan
      #expect(rate > 1e8 && rate < 1e13, "\(key)")
    }
    for key in [
      "command", "preset", "latents", "images", "seconds_min", "repeats", "flops",
      "gflops_per_second", "blas", "simd",
    ] {
      #expect(result[key] != nil)
    }
  }

  @Test(arguments: [(1, 1), (1, 2), (3, 1)], ["ensemble", "output-entropy"])
  func warmStepOfCommitteesAllocatesNothing(arrangement: (ranks: Int, threads: Int), term: String)
    throws
  {
    let result = try json(
      [
        "bench", "step", "--preset", "quickstart", "--repeats", "3", "--threads",
        "\(arrangement.threads)", "--set", "training={latents: 16, imagesPerLatent: 2}", "--set",
        "objective={committee: 8, diversity: \(term)}",
      ], ranks: arrangement.ranks)
    #expect((result["allocations_per_step"] as? NSNumber)?.doubleValue == 0)
  }

  /// Two networks' steps: alone, dealt to ranks, and with a network on two ranks.
  @Test(arguments: [(1, 1), (1, 2), (2, 1), (3, 1)], ["sgd", "dropout", "swag"])
  func warmStepOfBaselinesAllocatesNothing(
    arrangement: (ranks: Int, threads: Int), method: String
  ) throws {
    let result = try json(
      [
        "bench", "step", "--preset", "quickstart", "--repeats", "3", "--threads",
        "\(arrangement.threads)", "--set",
        "baseline={method: \(method), members: 2, batch: 16, sliceImages: 4, steps: 6, thinning: 1}",
      ], ranks: arrangement.ranks)
    #expect((result["allocations_per_step"] as? NSNumber)?.doubleValue == 0)
    #expect(result["latents"] as? Int == 2 && result["images"] as? Int == 16)
  }

  private func json(_ arguments: [String], ranks: Int) throws -> [String: Any] {
    let run = try Program.succeed(arguments + ["--json", "-"], ranks: ranks)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  /// Bytes sent are those of the formulas, worked out here once more, within 5 %.
  @Test(arguments: [2, 3, 4, 8])
  func exchangeSendsWhatTheFormulasSay(ranks: Int) throws {
    let weights = 20_000
    let result = try json(
      [
        "bench", "exchange", "--weights", "\(weights)", "--latents", "16,64", "--repeats", "2",
        "--threads", "1",
      ], ranks: ranks)
    let cases = try #require(result["cases"] as? [[String: Any]])
    #expect(cases.count == 4)
    for result in cases {
      func number(_ key: String) -> Double { (result[key] as? NSNumber)?.doubleValue ?? .nan }
      let (n, d, p) = (number("latents"), Double(weights), Double(ranks))
      let expected =
        result["exchange"] as? String == "sliced"
        ? (4 + 0.5) * n * d / p * (p - 1) / p + 2 * 8 * n * (n - 1) / 2 * (p - 1) / p
        : 4 * n * d / p * (p - 1)
      #expect(abs(number("bytes_sent_by_formula") / expected - 1) <= 1e-3)
      #expect(abs(number("bytes_sent") / expected - 1) <= 0.05, "\(result)")
      #expect(number("bytes_sent_most") >= number("bytes_sent"))
      #expect(number("seconds_min") > 0 && number("seconds_median") >= number("seconds_min"))
      #expect(number("peak_rss_bytes") >= number("buffer_bytes"))
    }
  }

  /// The buffers of one case are gone when the next is measured, and slices need less.
  @Test func slicesTakeLessMemory() throws {
    let result = try json(
      [
        "bench", "exchange", "--weights", "200000", "--latents", "128,8", "--repeats", "1",
        "--threads", "1",
      ], ranks: 8)
    let cases = try #require(result["cases"] as? [[String: Any]])
    let peaks = cases.map { ($0["peak_rss_bytes"] as? NSNumber)?.doubleValue ?? .nan }
    let buffers = cases.map { ($0["buffer_bytes"] as? NSNumber)?.doubleValue ?? .nan }
    try #require(peaks.count == 4)
    #expect(buffers[1] == 4 * 4 * 128 * 200_000 / 8)
    for index in 0..<4 { #expect(peaks[index] - buffers[index] <= 100e6) }
    #expect(peaks[0] - peaks[1] >= 0.8 * (buffers[0] - buffers[1]))
  }

  /// Times, bytes and the comparison with HDF5 by itself; nothing stays on the disk.
  @Test(arguments: ["sample", "checkpoint"], [1, 2, 3])
  func writingIsTimedBesidePlainHDF5(_ kind: String, ranks: Int) throws {
    let folder = TestFolder()
    let result = try json(
      [
        "bench", kind, "--preset", "mnist", "--repeats", "3", "--threads", "1", "--folder",
        folder.path,
      ]
        + (kind == "sample" ? ["--count", "40"] : []), ranks: ranks)
    func number(_ values: Any?) -> Double { (values as? NSNumber)?.doubleValue ?? .nan }
    // 300 latent numbers and 20,018 weights; parameters and two moments of each, and running statistics.
    let bytes =
      kind == "sample" ? 4 * 40 * (300 + 20_018) : 4 * (3 * 633_640 + 2 * 1_200)
    #expect(number(result["bytes"]) == Double(bytes))
    #expect(number(result["ranks"]) == Double(ranks) && number(result["repeats"]) == 3)
    let median = number(result["seconds_median"])
    #expect(median >= number(result["seconds_min"]) && number(result["seconds_min"]) > 0)
    #expect(abs(number(result["bytes_per_second"]) * median / Double(bytes) - 1) < 1e-9)
    let breakdown = try #require(result["breakdown"] as? [String: NSNumber])
    let (parts, last): (Set, _) =
      kind == "sample" ? (["generate", "write"], "write") : (["digest", "write", "save"], "save")
    #expect(Set(breakdown.keys) == parts)
    #expect(breakdown[last]?.doubleValue == median)
    let files = try #require(result["files"] as? [String: [String: NSNumber]])
    #expect(Set(files.keys) == parts.subtracting(["generate", "digest"]))
    #expect(files.values.allSatisfy { number($0["speed_of_better"]) > 0 })
    let plain = try #require(result["plain"] as? [String: NSNumber])
    #expect(number(plain["seconds_median"]) > 0 && number(plain["bytes_per_second"]) > 0)
    #expect(number(plain["seconds_median_until_closed"]) > 0)
    #expect(number(result["speed_of_plain"]) > 0 && number(result["speed_of_better"]) > 0)
    #expect(number(result["speed_of_better"]) <= number(result["speed_of_plain"]))
    if kind == "checkpoint" { #expect(number(result["stall_seconds"]) == median) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func writingWhereNobodyMayIsOneLine() throws {
    for ranks in [1, 2] {
      let bad = try Program.run(
        ["bench", "checkpoint", "--preset", "quickstart", "--folder", "/nonexistent"], ranks: ranks)
      #expect(bad.status == 1 && bad.output == "", "\(bad.errors)")
      let lines = bad.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist:") }
      #expect(lines.count == 1 && bad.errors.contains("/nonexistent"), "\(bad.errors)")
    }
  }

  @Test func reductionsAreTimedSideBySide() throws {
    let result = try json(
      ["bench", "reduction", "--floats", "1000,200000", "--repeats", "3"], ranks: 2)
    let cases = try #require(result["cases"] as? [[String: Any]])
    #expect(cases.map { $0["floats"] as? Int } == [1_000, 200_000])
    for result in cases {
      for key in ["reproducible_seconds_median", "fast_seconds_median", "ratio"] {
        #expect((result[key] as? NSNumber)?.doubleValue ?? 0 > 0, "\(key)")
      }
    }
    // Short vectors go whole, long ones by halves there and back.
    #expect(cases.map { $0["messages"] as? Int } == [2, 4])
    #expect(cases.map { $0["bytes"] as? Int } == [8_000, 1_600_000])
    #expect(result["nodes"] as? Int == 1 && result["cores"] as? Int ?? 0 >= 1)
  }
}
