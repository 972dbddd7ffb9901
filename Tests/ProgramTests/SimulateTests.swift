// What simulate promises.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SimulateTests {
  static let hasSimGrid =
    (try? RankLauncher.runShell("command -v smpirun", program: "hyperdist", []))?.status == 0

  private func rows(_ folder: String) throws -> [[String: String]] {
    let lines = try contents(of: "\(folder)/scaling.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }

  private func measure(_ folder: TestFolder) throws -> String {
    let costs = "\(folder.path)/costs.json"
    try Program.succeed(
      ["bench", "step"] + ScaleTests.tiny + ["--threads", "1", "--repeats", "3", "--json", costs])
    return costs
  }

  @Test(.enabled(if: hasSimGrid, "there is no smpirun: apt-get install libsimgrid-dev"))
  func pointsAreSimulated() throws {
    let folder = TestFolder()
    let costs = try measure(folder)
    for platform in ["fat-tree", "dragonfly", "ethernet", "node"] {
      let study = "\(folder.path)/\(platform)"
      let run = try Program.succeed(
        ["simulate"] + ScaleTests.tiny + [
          "--platform", platform, "--ranks", "1,2,3,8,9", "--node-cores", "1", "--costs", costs,
          "--steady", "--output", study,
        ])
      let table = try rows(study)
      #expect(table.map { $0["ranks"] } == ["1", "2", "3", "8", "9"])
      #expect(table[4]["problem"]!.hasPrefix("9 ranks are more than"))
      let seconds = table.prefix(4).map { Double($0["seconds"]!) ?? .nan }
      // Without messages, what the phases take; two ranks have two latents each, eight have two at most too.
      let computed = table[0].filter { $0.key.hasPrefix("mean_") }.compactMap { Double($0.value) }
        .reduce(0, +)
      #expect(abs(computed / seconds[0] - 1) <= 1e-3)
      #expect(seconds[1] > seconds[0] / 2 && seconds.allSatisfy(\.isFinite))
      #expect(table[1]["nodes"] == (platform == "node" ? "1" : "2"))
      #expect(table[1]["mode"] == "simulated-strong" && Int(table[1]["bytes"]!)! > 0)
      #expect(run.errors.contains("simulated with measured costs"))
      #expect(FileManager.default.fileExists(atPath: "\(study)/scaling-time.svg"))
      #expect(!FileManager.default.fileExists(atPath: "\(study)/replay"))
    }
  }

  @Test(.enabled(if: hasSimGrid, "there is no smpirun: apt-get install libsimgrid-dev"))
  func manyRanksAndAPlatformOfOnesOwn() throws {
    let folder = TestFolder()
    let costs = try measure(folder)
    folder.write(
      """
      <?xml version='1.0'?>
      <!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
      <platform version="4.1"><cluster id="c" prefix="host" suffix="" radical="0-3" speed="1Gf" core="32" bw="1GBps" lat="5us"/></platform>
      """, to: "own.xml")
    let arguments = [
      "simulate", "--platform", "\(folder.path)/own.xml", "--costs", costs, "--weak", "--ranks",
      "2,128", "--node-cores", "32", "--output", "\(folder.path)/s",
    ]
    try Program.succeed(
      arguments + ScaleTests.tiny + [
        "--set", "objective.diversity=entropy", "--set", "distribution.exchange=sliced",
      ])
    let table = try rows("\(folder.path)/s")
    #expect(table.map { $0["latents"] } == ["4", "256"] && table[1]["nodes"] == "4")
    #expect(Double(table[1]["seconds"]!)! > Double(table[0]["seconds"]!)!)
    let refused = try Program.succeed(
      arguments + ScaleTests.tiny + ["--node-cores", "8", "--ranks", "2,4"])
    #expect(refused.status == 0)
  }

  /// Ranks that sleep need cores for their messages alone, ranks that compute for all that they do.
  @Test(.enabled(if: hasSimGrid, "there is no smpirun: apt-get install libsimgrid-dev"))
  func coresAreShared() throws {
    let folder = TestFolder()
    let costs = try measure(folder)
    let messages = "\(folder.path)/messages.json"
    try Program.succeed(
      ["bench", "reduction", "--floats", "600,40000", "--repeats", "3", "--json", messages],
      ranks: 2)
    func seconds(_ cores: Int, _ arguments: [String] = []) throws -> Double {
      let study = "\(folder.path)/\(cores)\(arguments.joined())"
      try Program.succeed(
        ["simulate"] + ScaleTests.tiny + [
          "--platform", "node", "--ranks", "4", "--node-cores", "\(cores)", "--costs",
          "\(costs),\(messages)", "--steady", "--output", study,
        ] + arguments)
      return try #require(Double(try rows(study)[0]["seconds"]!))
    }
    let (alone, asleep) = (try seconds(4), try seconds(1, ["--sleep"]))
    let crowded = try seconds(1)
    #expect(asleep > alone && crowded > asleep)
    // All that four ranks compute, one after the other.
    #expect(crowded >= 2 * alone)
  }

  @Test func withoutSimGridOneLineSaysHowToGetIt() throws {
    let run = try RankLauncher.runShell(
      "PATH=/nowhere exec \"$@\"", program: "hyperdist", ["simulate", "--output", "/tmp/unused"])
    #expect(run.status == 1 && run.errors.contains("apt-get install libsimgrid-dev"))
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test(.enabled(if: hasSimGrid, "there is no smpirun: apt-get install libsimgrid-dev"))
  func badRequestsAreOneLine() throws {
    let folder = TestFolder()
    let costs = try measure(folder)
    for (arguments, text) in [
      (["--platform", "torus"], "fat-tree, dragonfly"), (["--costs", "/nowhere"], "/nowhere"),
      (["--node-cores", "0"], "--node-cores"), (["--link", "x"], "link"),
    ] {
      let run = try Program.run(
        ["simulate"] + ScaleTests.tiny + ["--costs", costs, "--output", folder.path] + arguments)
      #expect(run.status == 2 && run.errors.contains(text), "\(arguments): \(run.errors)")
    }
  }

  /// Phases are slept, messages real: as long as the costs say.
  @Test(arguments: [1, 2, 4]) func sleepingTakesAsLong(ranks: Int) throws {
    let folder = TestFolder()
    let costs = try measure(folder)
    var figures = try #require(
      try JSONSerialization.jsonObject(with: Data(contents(of: costs).utf8)) as? [String: Any])
    var steps = try #require(figures["steps"] as? [[String: Any]])
    for index in steps.indices {
      var mean = try #require(steps[index]["mean"] as? [String: Any])
      mean["targets"] = 2.0
      steps[index]["mean"] = mean
    }
    figures["steps"] = steps
    try JSONSerialization.data(withJSONObject: figures).write(to: URL(fileURLWithPath: costs))
    let run = try Program.succeed(
      ["bench", "step"] + ScaleTests.tiny + [
        "--threads", "1", "--repeats", "3", "--sleep", costs, "--json", "-",
      ], ranks: ranks)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let breakdown = try #require(json["breakdown"] as? [String: NSNumber])
    let slept = try #require(breakdown["targets"]).doubleValue
    // Rank 0 has all four latents, or the two of its shard; a busy machine wakes it late, by less than the other's share.
    let expected = ranks == 1 ? 2.0 : 1.0
    #expect(slept >= 0.99 * expected && slept <= 1.9 * expected, "\(slept) for \(expected)")
  }
}
