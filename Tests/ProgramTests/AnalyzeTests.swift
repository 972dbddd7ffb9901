// hyperdist analyze and distill: the same numbers on any number of ranks, and what they mean.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct AnalyzeTests {
  /// Each analysis in small, and the tables and figures it leaves.
  private static let analyses:
    [(kind: String, options: [String], tables: [String], figures: [String])] = [
      ("accuracy", ["--samples", "7"], ["accuracy", "accuracy-ensemble"], ["accuracy"]),
      ("filters", ["--samples", "3"], ["filters"], ["filters"]),
      (
        "scatter", ["--samples", "9"], ["scatter", "scatter-variance"],
        ["scatter", "scatter-matrix"]
      ),
      ("paths", ["--samples", "2"], ["paths", "paths-mean"], ["paths"]),
      ("ensembles", ["--samples", "3"], ["ensembles", "ensembles-networks"], ["ensembles"]),
      ("adversarial", ["--samples", "4"], ["adversarial"], ["adversarial"]),
      ("similarity", ["--samples", "5"], ["similarity"], ["similarity"]),
    ]

  private func rows(_ path: String) throws -> [[String: Double]] {
    let lines = try contents(of: path).split(separator: "\n")
    let columns = lines[0].split(separator: ",").map(String.init)
    return lines.dropFirst().map { line in
      Dictionary(
        uniqueKeysWithValues: zip(
          columns,
          line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }))
    }
  }

  @Test func tablesDoNotDependOnTheRanks() throws {
    let run = try TrainedRun()
    for (kind, options, tables, figures) in Self.analyses {
      for ranks in 1...3 {
        let folder = run.file("\(ranks)/\(kind)")
        let result = try Program.succeed(
          [
            "analyze", kind, run.checkpoint, "--images", "60", "--threads", ranks == 1 ? "2" : "1",
            "--output", folder,
          ] + options, ranks: ranks)
        #expect(!result.errors.contains("no figure"), "\(result.errors)")
        let expected = tables.map { $0 + ".csv" } + figures.flatMap { [$0 + ".svg", $0 + ".png"] }
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == expected.sorted())
        for table in tables {
          #expect(
            try contents(of: "\(folder)/\(table).csv")
              == contents(of: run.file("1/\(kind)/\(table).csv")), "\(table), \(ranks) ranks")
        }
        for figure in figures {
          let svg = try contents(of: "\(folder)/\(figure).svg")
          #expect(svg.contains("<svg") && svg.contains("prefers-color-scheme: dark"))
          #expect(svg.hasSuffix("</svg>\n") || svg.hasSuffix("</svg>\n\n"), "\(figure)")
        }
      }
    }
    try checkAccuracies(run)
    try checkPaths(run)
    try checkScatter(run)
    try checkAdversarial(run)
    try checkSimilarity(run)
  }

  /// The accuracies are those of evaluate.
  private func checkAccuracies(_ run: TrainedRun) throws {
    let figures = run.file("figures.json")
    try Program.succeed([
      "evaluate", run.checkpoint, "--samples", "7", "--images", "60", "--split", "validation",
      "--json", figures,
    ])
    let data = try Data(contentsOf: URL(fileURLWithPath: figures))
    let json = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      try rows(run.file("1/accuracy/accuracy.csv")).map { $0["accuracy"] }
        == json["accuracies"] as? [Double])
    let together = try rows(run.file("1/accuracy/accuracy-ensemble.csv"))[0]
    #expect(together["majority"] == json["majority_accuracy"] as? Double)
    // The first network is the first of the first ensemble, too.
    let single = try rows(run.file("1/ensembles/ensembles-networks.csv"))
    #expect(single.count == 60 && single[0]["accuracy"] == (json["accuracies"] as? [Double])?[0])
  }

  /// Both paths end in the two networks.
  private func checkPaths(_ run: TrainedRun) throws {
    let accuracies = try rows(run.file("1/accuracy/accuracy.csv")).map { $0["accuracy"]! }
    let paths = try rows(run.file("1/paths/paths.csv"))
    #expect(paths.count == 80)
    for pair in 0..<2 {
      for (place, network) in [(0, 2 * pair), (39, 2 * pair + 1)] {
        let row = paths[pair * 40 + place]
        #expect(row["t"] == Double(place) / 39)
        #expect(row["direct_accuracy"] == accuracies[network])
        #expect(row["interpolated_accuracy"] == accuracies[network])
      }
    }
  }

  /// Components against those that numpy finds for the weights of `sample`.
  private func checkScatter(_ run: TrainedRun) throws {
    let samples = run.file("samples.h5")
    try Program.succeed(["sample", run.checkpoint, "--count", "9", "--output", samples])
    #expect(
      try Python.output(
        of: Program.pythonScript("check_scatter"),
        [samples, run.file("1/scatter/scatter.csv")]) == "ok\n")
  }

  /// More networks are led astray by larger changes; who takes an image for the target is wrong.
  private func checkAdversarial(_ run: TrainedRun) throws {
    let table = try rows(run.file("1/adversarial/adversarial.csv"))
    #expect(table.map { $0["size_255"]! } == (1...30).map { Double(2 * $0) })
    #expect(table[29]["single_success"]! > table[0]["single_success"]!)
    for row in table {
      for kind in ["single", "majority", "mean_probability"] {
        #expect(row["\(kind)_error"]! >= row["\(kind)_success"]!)
      }
    }
  }

  /// A residual network is attacked as it is used, with the statistics measured for each network.
  @Test func normalizedNetworksAreAttacked() throws {
    let run = try TrainedRun([
      "--set",
      "target.layers=[convolution: {filters: 4, size: 5, stride: 4, padding: 1}, normalization, relu, "
        + "residualStage: {blocks: 1, filters: 4, stride: 1}, fullyConnected: {outputs: 10}]",
      "--set", "hypernetwork.generatorHidden=[[16], [16], [16], [16]]",
    ])
    var tables: [String] = []
    for ranks in 1...3 {
      let folder = run.file("\(ranks)")
      try Program.succeed(
        [
          "analyze", "adversarial", run.checkpoint, "--samples", "3", "--images", "24",
          "--statistics-images", "32", "--threads", ranks == 1 ? "2" : "1", "--output", folder,
        ], ranks: ranks)
      tables.append(try contents(of: "\(folder)/adversarial.csv"))
    }
    #expect(tables[0] == tables[1] && tables[0] == tables[2])
    let table = try rows(run.file("1/adversarial.csv"))
    #expect(table[29]["single_success"]! > table[0]["single_success"]!)
  }

  private func checkSimilarity(_ run: TrainedRun) throws {
    let table = try rows(run.file("1/similarity/similarity.csv"))
    #expect(table.count == 25)
    for a in 0..<5 {
      for b in 0..<5 {
        let (row, mirrored) = (table[a * 5 + b], table[b * 5 + a])
        #expect(row["prediction_agreement"] == mirrored["prediction_agreement"])
        #expect(row["matched_cosine"]! <= 1)
        #expect((row["matched_cosine"] == 1) == (a == b))
      }
    }
  }

  @Test func badRequests() throws {
    let run = try TrainedRun(["--steps", "1"])
    for (arguments, message) in [
      (["analyze", "scater", run.checkpoint], "scater"),
      (["analyze", "scatter", run.checkpoint, "--samples", "2"], "--samples must be 3 to 10000"),
      (["analyze", "paths", run.checkpoint, "--images", "0"], "--images must be at least 1"),
      (["distill", run.checkpoint, "--samples", "2", "--output", "x.txt"], "must end in .h5"),
      (["distill", run.checkpoint, "--samples", "0", "--output", "x.h5"], "--samples"),
    ] {
      let bad = try Program.run(arguments)
      #expect(bad.status == 2, "\(arguments)")
      #expect(bad.errors.contains(message), "\(bad.errors)")
    }
    let unwritable = try Program.run([
      "analyze", "filters", run.checkpoint, "--output", "/proc/nothing",
    ])
    #expect(unwritable.status == 1)
    #expect(unwritable.errors.contains("/proc/nothing"))
  }

  /// Without gnuplot the numbers are there and one line says what to install.
  @Test func withoutGnuplot() throws {
    let run = try TrainedRun(["--steps", "1"])
    let folder = run.file("figures")
    let result = try Program.runWithoutGnuplot(
      ["analyze", "filters", run.checkpoint, "--samples", "2", "--output", folder],
      in: run.folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("install gnuplot (Debian: apt-get install gnuplot-nox)"))
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["filters.csv"])
  }

  /// The mean of what `sample` writes, on any number of ranks; and its accuracy.
  @Test func distilledNetworkIsTheMean() throws {
    let run = try TrainedRun()
    let (samples, distilled) = (run.file("samples.h5"), run.file("distilled.h5"))
    try Program.succeed(["sample", run.checkpoint, "--count", "11", "--output", samples])
    let arguments = [
      "distill", run.checkpoint, "--samples", "11", "--images", "100", "--output", distilled,
      "--json", "-",
    ]
    let alone = try Program.succeed(arguments + ["--threads", "2"])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: distilled))
    for ranks in [2, 3] {
      let result = try Program.succeed(arguments + ["--threads", "1"], ranks: ranks)
      #expect(result.output == alone.output)
      #expect(try Data(contentsOf: URL(fileURLWithPath: distilled)) == bytes)
    }
    #expect(
      try Python.output(of: Program.pythonScript("check_distilled"), [samples, distilled]) == "ok\n"
    )
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(alone.output.utf8)) as? [String: Any])
    // Networks trained so little are right each in its own way, and their mean is not.
    for key in ["mean_accuracy", "majority_accuracy", "distilled_nll"] {
      #expect((json[key] as? Double ?? 0) > 0.05, "\(key)")
    }
    let inspected = try Program.succeed(["inspect", distilled])
    #expect(inspected.output.contains("weights/layer1/kernel"))
    // The mean of one network is that network.
    try Program.succeed([
      "distill", run.checkpoint, "--samples", "1", "--images", "100", "--output", distilled,
      "--json", run.file("one.json"),
    ])
    let data = try Data(contentsOf: URL(fileURLWithPath: run.file("one.json")))
    let one = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let accuracy = try #require(one["distilled_accuracy"] as? Double)
    #expect(accuracy == one["mean_accuracy"] as? Double)
    #expect(accuracy > 0.2)
  }
}
