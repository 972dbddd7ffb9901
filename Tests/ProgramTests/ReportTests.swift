// Reports of real runs, finished and going on, alone and side by side.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ReportTests {
  private func train(
    _ directory: String, steps: Int, ranks: Int? = nil, more: [String] = []
  ) throws {
    try Program.succeed(
      [
        "train", "--preset", "quickstart", "--set", "training.latents=16", "--set",
        "training.imagesPerLatent=2", "--set", "validation.every=10", "--set",
        "validation.samples=4", "--set", "metrics.every=1", "--steps", "\(steps)", "--threads", "1",
        "--run-dir", directory,
      ] + more, ranks: ranks)
  }

  /// The texts of a page that passes all checks; `runs` are the folders it is about.
  private func check(_ page: String, runs: [String]) throws -> [String] {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Python/check_report.py").path
    let run = try RankLauncher.runShell(
      #"shift; "$@""#, program: "hyperdist",
      ["python3", script, page] + runs.map { "\($0)/metrics.csv" })
    #expect(run.status == 0, "\(run.errors)")
    return run.lines
  }

  private func replace(_ file: String, _ change: (String) -> String) throws {
    try change(contents(of: file)).write(toFile: file, atomically: true, encoding: .utf8)
  }

  @Test func aFinishedRun() throws {
    let folder = TestFolder()
    // A name that means something in HTML and to a shell.
    let run = "\(folder.path)/a <b> & 'c\""
    try train(run, steps: 24, ranks: 3)
    try train(run, steps: 30)
    let figures = "\(run)/figures"
    try FileManager.default.createDirectory(atPath: figures, withIntermediateDirectories: true)
    let drawing = """
      <?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"
      xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 60" onload="alert(1)">
      <script>alert("https://example.org")</script><defs><circle id="dot" r="3"/></defs>
      <use xlink:href="#dot" x="9" y="9"/><image xlink:href="https://example.org/x.png"/>
      <text>drawn &lt;here&gt;</text></svg>
      """
    for name in ["one", "two"] {
      try drawing.write(toFile: "\(figures)/\(name).svg", atomically: true, encoding: .utf8)
    }
    let rows = (0..<50).map { "\($0),<i>\($0 * $0)</i>" }.joined(separator: "\n")
    try "x,y\n\(rows)\n".write(toFile: "\(figures)/two.csv", atomically: true, encoding: .utf8)
    try "k,v\nlonely,1\n".write(toFile: "\(figures)/alone.csv", atomically: true, encoding: .utf8)

    let made = try Program.succeed(["report", run])
    #expect(made.output == "\(run)/report.html\n")
    let texts = try check("\(run)/report.html", runs: [run])
    func contain(_ text: String) -> Bool { texts.contains { $0.contains(text) } }
    for text in [
      "a <b> & 'c\"", "step 30 of 30, finished", "resumed 1 time, behind step 24", "<i>49</i>",
      "10 more in the file", "lonely", "drawn <here>", "targets", "mpirun", "glyphs", "seed",
      "latents: 16 ", "2 sessions", "hyperdist 0.", "'\(folder.path)/a <b> & '\\''c\"'",
    ] {
      #expect(contain(text), "\(text)")
    }
    #expect(!contain("no validation") && !contain("going on"))
    for text in [
      "Layers of validated networks", "step 30", "share of the distance", "layer4", "Dead units",
      "What the ensemble adds", "pairs of networks disagree on",
    ] {
      #expect(contain(text), "\(text)")
    }
    let page = try contents(of: "\(run)/report.html")
    #expect(page.ranges(of: "<svg").count >= 10)
  }

  /// Dead layers and a distance that lies in one layer are warned of, as the last validation tells them.
  @Test func aRunThatFailsIsWarnedOf() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try train(run, steps: 20)
    let log = try contents(of: "\(run)/log.jsonl")
    #expect(log.ranges(of: "\"layer_report\": {\"networks\": 4, \"images\": 256").count == 2)
    func replaceFigure(_ name: String, of layer: Int, by value: String) throws {
      try replace("\(run)/log.jsonl") { text in
        text.replacing(try! Regex("(\"layer\(layer)\",[^}]*\"\(name)\": )[0-9.e-]+")) {
          "\(text[$0[1].range!])\(value)"
        }
      }
    }
    try replaceFigure("dead_units", of: 3, by: "0.625")
    try replaceFigure("distance_share", of: 2, by: "0.9376")
    try Program.succeed(["report", run])
    let texts = try check("\(run)/report.html", runs: [run])
    for text in [
      "step 20, layer3: 62.5 % of the units are dead",
      "step 20, layer2: 93.8 % of the distance between networks", "62.50 %", "93.76 %",
    ] {
      #expect(texts.contains { $0.contains(text) }, "\(text)")
    }
    #expect(!texts.contains { $0.contains("step 10, layer") })
  }

  /// The last lines half written, no checkpoint yet, steps skipped, no validation.
  @Test func aRunThatIsGoingOn() throws {
    let folder = TestFolder()
    let run = "\(folder.path)/run"
    try train(run, steps: 5, more: ["--set", "validation.every=0"])
    try FileManager.default.removeItem(atPath: "\(run)/checkpoints")
    try replace("\(run)/metrics.csv") { text in
      let last = text.split(separator: "\n").last!
      return text + "6" + last.dropFirst().dropLast(2)
    }
    try replace("\(run)/log.jsonl") { text in
      let lines = text.split(separator: "\n").filter { !$0.contains("\"stop\"") }
      return lines.joined(separator: "\n") + """

        {"event": "skip", "time": 1.5, "step": 4, "what": "the loss", "sample": null, "in_a_row": 1}
        {"event": "che
        """
    }
    try Program.succeed(["report", run, "--output", "\(folder.path)/page.html"], ranks: 2)
    let texts = try check("\(folder.path)/page.html", runs: [run])
    for text in [
      "step 5 of 5, going on, or ended without a word", "no checkpoint yet",
      "metrics.csv: the last line is not whole yet", "log.jsonl: the last line is not whole yet",
      "1 step skipped, from step 4 to 4; the last: the loss was not finite", "no validation yet",
    ] {
      #expect(texts.contains { $0.contains(text) }, "\(text) in \(texts)")
    }
    // Only the header so far, and then nothing at all.
    try replace("\(run)/metrics.csv") { "\($0.split(separator: "\n")[0])\n" }
    try Program.succeed(["report", run])
    #expect(try check("\(run)/report.html", runs: []).contains("No row of metrics.csv yet."))
    for name in ["metrics.csv", "log.jsonl"] {
      try FileManager.default.removeItem(atPath: "\(run)/\(name)")
    }
    try Program.succeed(["report", run])
    let gaps = try check("\(run)/report.html", runs: []).filter { $0.contains("is missing") }
    #expect(gaps.count == 2)
  }

  /// What analyze leaves of a run's own checkpoint stands in the run's report, no flags needed.
  @Test func analysesOfTheRunAreShown() throws {
    let run = try TrainedRun([
      "--steps", "1", "--set", "target.layers=[fullyConnected: {outputs: 10}]",
      "--set", "hypernetwork.generatorHidden=[[16]]",
    ])
    let directory = run.file("run")
    try Program.succeed(["analyze", "accuracy", run.checkpoint, "--samples", "3", "--images", "20"])
    try Program.succeed(["report", directory])
    let texts = try check("\(directory)/report.html", runs: [directory])
    #expect(texts.contains("accuracy") && texts.contains("accuracy.csv, 3 rows"))
    // A copy of the checkpoint lies in no run folder.
    let copy = run.file("copy.h5")
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: run.checkpoint).resolvingSymlinksInPath(),
      to: URL(fileURLWithPath: copy))
    let outside = try RankLauncher.runShell(
      "cd \(run.folder.path) && exec \"$@\"", program: "hyperdist",
      ["analyze", "accuracy", "copy.h5", "--samples", "2", "--images", "20"])
    #expect(outside.status == 0, "\(outside.errors)")
    #expect(FileManager.default.fileExists(atPath: run.file("analysis/accuracy.csv")))
  }

  @Test func severalRunsSideBySide() throws {
    let folder = TestFolder()
    let runs = ["one", "two", "toy"].map { "\(folder.path)/\($0)" }
    try train(runs[0], steps: 12)
    try train(runs[1], steps: 7, more: ["--set", "objective.diversity=variance"])
    try Program.succeed(["train", "--preset", "toy", "--steps", "400", "--run-dir", runs[2]])
    let page = "\(folder.path)/page.html"
    try Program.succeed(["report"] + runs + ["--output", page])
    let texts = try check(page, runs: runs)
    for text in ["one, two, toy", "objective.diversity", "variance", "Side by side"] {
      #expect(texts.contains { $0.contains(text) }, "\(text)")
    }
    try Program.succeed(["report", runs[2]])
    let toy = try check("\(runs[2])/report.html", runs: [runs[2]])
    #expect(toy.contains("points a second") && !toy.contains("Accuracy"))
  }

  @Test func foldersWithoutARunAreRefused() throws {
    let folder = TestFolder()
    for path in [folder.path, "\(folder.path)/nowhere"] {
      let run = try Program.run(["report", path])
      #expect(run.status == 1)
      #expect(run.errors.contains("\(path): no run folder"), "\(run.errors)")
    }
    #expect(try Program.run(["report"]).status == 2)
  }
}
