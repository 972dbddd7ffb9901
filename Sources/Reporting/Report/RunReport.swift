// One page about one run, or about several side by side.

import Glibc
import Host
import Hypernetworks
import RunFiles

/// A self-contained HTML page: no scripts, nothing from the network; readable on paper, on a phone and on
/// a desktop, in light and in dark.
public struct RunReport {
  let runs: [RunRecord]
  let comparisons: [ComparisonRecord]
  /// Of networks that predict numbers.
  let regressions: [RegressionComparisonRecord]
  let studies: [ScalingRecord]

  /// Reads the folders, of runs, comparisons or scaling studies. A run may be going on meanwhile.
  public init(directories: [String]) throws {
    var runs: [RunRecord] = []
    var comparisons: [ComparisonRecord] = []
    var regressions: [RegressionComparisonRecord] = []
    var studies: [ScalingRecord] = []
    for directory in directories {
      if let comparison = try ComparisonRecord(directory: directory) {
        comparisons.append(comparison)
      } else if let regression = try RegressionComparisonRecord(directory: directory) {
        regressions.append(regression)
      } else if let study = try ScalingRecord(directory: directory) {
        studies.append(study)
      } else {
        runs.append(try RunRecord(directory: directory))
      }
    }
    (self.runs, self.comparisons, self.studies) = (runs, comparisons, studies)
    self.regressions = regressions
  }

  public var html: String {
    let names =
      (runs.map(\.name) + comparisons.map(\.name) + regressions.map(\.name) + studies.map(\.name))
      .joined(separator: ", ")
    var body = "<p class=\"soft\">hyperdist report, made \(Self.date(Double(time(nil))))</p>"
    body += "<h1>\(HTML.escaped(names))</h1>"
    body += comparisons.map(\.html).joined() + regressions.map(\.html).joined()
    body += studies.map(\.html).joined()
    if !runs.isEmpty { body += runsHTML }
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(HTML.escaped(names)) - hyperdist</title>
      <style>\(PageStyle.css)</style></head>
      <body>\(body)</body></html>

      """
  }

  private var runsHTML: String {
    var body = "<div class=\"cards\">" + runs.map(summary).joined(separator: "\n") + "</div>"
    body += warnings
    if runs.count > 1 { body += comparison }
    body += curves
    body += layers
    body += timing
    body += attachments
    body += "<h2>How to run it again</h2><div class=\"cards\">"
    return body + runs.map(recipe).joined(separator: "\n") + "</div>"
  }

  // MARK: What was run

  private func summary(_ run: RunRecord) -> String {
    let steps = run.configuration?.steps
    let sessions = run.sessions
    var tiles: [(String, String?)] = [
      ("loss", run.metrics.last(.loss).map { Format.figures($0) }),
      ("training accuracy", run.metrics.last(.trainAccuracy).map(Format.percent)),
      (
        "mean of validated networks",
        run.metrics.last(.validationMeanAccuracy).map(Format.percent)
      ),
      (
        "their majority vote", run.metrics.last(.validationMajorityAccuracy).map(Format.percent)
      ),
      (
        "RMSE of validated networks' mean",
        run.metrics.last(.validationRMSE).map { Format.figures($0) }
      ),
      (
        "NLL of their mixture",
        run.metrics.last(.validationRMSE).flatMap { _ in
          run.metrics.last(.validationNLL).map { Format.fixed($0, 4) }
        }
      ),
      ("entropy, nats", run.metrics.last(.entropy).map { Format.figures($0) }),
      (
        "\(run.itemsName) a second",
        run.metrics.last(.imagesPerSecond).map { Format.figures($0) }
      ),
      ("of training", run.metrics.last(.seconds).map(Format.duration)),
    ]
    if let last = sessions.last?.session {
      tiles.append(("ranks x threads", "\(last.ranks) x \(last.threads)"))
    }
    let done = steps.map { min(1, Double(run.lastStep) / Double(max($0, 1))) }
    let progress = done.map {
      "<div class=\"bar\"><i style=\"width:\(Format.fixed(100 * $0, 1))%\"></i></div>"
    }
    let name = runs.count > 1 ? "<h3>\(HTML.escaped(run.name))</h3>" : ""
    return "<section class=\"card\">\(name)<p>"
      + HTML.escaped(
        "step \(run.lastStep)" + (steps.map { " of \($0)" } ?? "") + ", \(run.stateText)")
      + "</p>\(progress ?? "")<div class=\"tiles\">"
      + tiles.compactMap { name, value in
        value.map { "<div><b>\(HTML.escaped($0))</b><span>\(HTML.escaped(name))</span></div>" }
      }.joined() + "</div></section>"
  }

  private var warnings: String {
    let lists = runs.flatMap { run in
      run.warnings.map { runs.count > 1 ? "\(run.name): \($0)" : $0 }
    }
    guard !lists.isEmpty else { return "" }
    return "<div class=\"warnings\" role=\"note\"><ul>"
      + lists.map { "<li>\(HTML.escaped($0))</li>" }.joined() + "</ul></div>"
  }

  /// The settings in which the runs differ, and what came of them.
  private var comparison: String {
    let settings = runs.map { run in
      Dictionary(uniqueKeysWithValues: run.configuration?.settings ?? [])
    }
    let keys = Set(settings.flatMap(\.keys)).sorted().filter { key in
      Set(settings.map { $0[key] ?? "" }).count > 1
    }
    var rows = keys.map { key in [key] + settings.map { $0[key] ?? "-" } }
    let columns: [(String, MetricsColumn, (Double) -> String)] = [
      ("loss", .loss, { Format.figures($0) }),
      ("entropy", .entropy, { Format.figures($0) }),
      ("training accuracy", .trainAccuracy, Format.percent),
      ("validation, mean", .validationMeanAccuracy, Format.percent),
      ("validation, majority", .validationMajorityAccuracy, Format.percent),
      ("validation, majority minus mean", .validationGain, Format.percent),
      ("validation, disagreement of pairs", .validationDisagreement, Format.percent),
      ("validation, NLL", .validationNLL, { Format.fixed($0, 4) }),
      ("validation, RMSE", .validationRMSE, { Format.figures($0) }),
      ("validation, CRPS", .validationCRPS, { Format.figures($0) }),
      ("training time", .seconds, Format.duration),
    ]
    for (name, column, format) in columns {
      let values = runs.map { $0.metrics.last(column) }
      if values.contains(where: { $0 != nil }) {
        rows.append(["last \(name)"] + values.map { $0.map(format) ?? "-" })
      }
    }
    return "<h2>Side by side</h2><div class=\"card\">"
      + HTML.table([""] + runs.map(\.name), rows) + "</div>"
  }

  // MARK: Curves

  private var curves: String {
    let isToy = runs.allSatisfy { $0.configuration?.problem == .toy }
    let charts: [(String, [(MetricsColumn, String)], LineChart.Unit)] = [
      ("Loss", [(.loss, "loss")], .number),
      (
        isToy
          ? "Minus the mixture's mean value"
          : runs.allSatisfy { $0.predictsNumbers } ? "Loss of the networks" : "Cross-entropy",
        [(.accuracyLoss, isToy ? "- mean f" : "training")], .number
      ),
      (
        "Accuracy",
        [
          (.trainAccuracy, "training"),
          (.validationMeanAccuracy, "mean of validated networks"),
          (.validationMajorityAccuracy, "their majority vote"),
          (.validationMeanProbabilityAccuracy, "their mean probability"),
        ], .percent
      ),
      (
        "Errors on validation images",
        [(.validationRMSE, "RMSE of the mean prediction"), (.validationCRPS, "CRPS")], .number
      ),
      ("Likelihood on validation images", [(.validationNLL, "NLL")], .number),
      (
        isToy ? "Entropy of the points, nats" : "Entropy of the weights, nats",
        [(.entropy, "minibatch")], .number
      ),
      (
        "What the ensemble adds",
        [
          (.validationDisagreement, "pairs of networks disagree on"),
          (.validationGain, "majority vote minus mean"),
        ], .percent
      ),
      ("Entropy of validated networks, nats", [(.validationEntropy, "validation")], .number),
      ("Diversity term", [(.diversityLoss, "diversity")], .number),
      ("Distance to the nearest", [(.nearestDistance, "mean")], .number),
      ("Throughput", [(.imagesPerSecond, "\(runs[0].itemsName) a second")], .number),
      ("Learning rate", [(.learningRate, "rate")], .number),
      ("Weight of the accuracy loss", [(.lambda, "lambda")], .number),
    ]
    var html = ""
    for (index, chart) in charts.enumerated() {
      html += drawing(chart.0, chart.1, chart.2, id: "clip\(index)")
    }
    guard !html.isEmpty else { return "<h2>Curves</h2><p>No row of metrics.csv yet.</p>" }
    return "<h2>Curves over steps</h2><div class=\"cards\">\(html)</div>"
  }

  /// One run's columns in one chart; of several runs one chart a column, with a curve for each run.
  private func drawing(
    _ title: String, _ columns: [(column: MetricsColumn, name: String)],
    _ unit: LineChart.Unit,
    id: String
  ) -> String {
    func chart(_ title: String, _ series: [LineChart.Series], _ id: String) -> String {
      // What never changes is no curve worth a chart: the learning rate of most runs is, lambda is not.
      let isFlat = series.allSatisfy { one in
        one.points.allSatisfy { $0.value == one.points[0].value }
      }
      let isSetting = columns.allSatisfy {
        [MetricsColumn.lambda.name, MetricsColumn.learningRate.name].contains($0.column.name)
      }
      if isFlat && isSetting { return "" }
      return LineChart(title: title, series: series, unit: unit).html(id: id) ?? ""
    }
    if runs.count == 1 {
      let series = columns.enumerated().map { index, column in
        LineChart.Series(
          name: column.name, column: column.column.name, color: index % 6 + 1,
          points: runs[0].metrics.series(column.column))
      }
      return chart(title, series, id)
    }
    return columns.enumerated().map { place, column in
      let series = runs.enumerated().map { index, run in
        LineChart.Series(
          name: run.name, column: column.column.name, color: index % 6 + 1,
          points: run.metrics.series(column.column))
      }
      return chart(
        columns.count > 1 ? "\(title): \(column.name)" : title, series, "\(id)-\(place)")
    }.joined()
  }

  // MARK: Time

  private var timing: String {
    let cards = runs.compactMap { run -> String? in
      let phases = run.phases
      let total = phases.reduce(0) { $0 + $1.seconds }
      guard total > 0 else { return nil }
      var place = 0.0
      var bars = ""
      for phase in phases {
        let width = 1000 * phase.seconds / total
        bars +=
          "<rect class=\"c\(Self.color(phase.phase))\" x=\"\(Format.fixed(place, 2))\" y=\"0\" "
          + "width=\"\(Format.fixed(width, 2))\" height=\"40\"/>"
        place += width
      }
      let header = runs.count > 1 ? "<h3>\(HTML.escaped(run.name))</h3>" : ""
      return "<section class=\"card\">\(header)<svg class=\"stack\" viewBox=\"0 0 1000 40\" "
        + "preserveAspectRatio=\"none\" style=\"height:26px\" role=\"img\" "
        + "aria-label=\"share of each phase\">\(bars)</svg>"
        + phaseTable(phases, total: total) + "</section>"
    }
    guard !cards.isEmpty else { return "" }
    return
      "<h2>Where the time goes</h2><p class=\"soft\">Rank 0's phases of a step, over all logged "
      + "steps.</p><div class=\"cards\">\(cards.joined())</div>"
  }

  /// The same colour for a phase in all runs.
  private static func color(_ phase: Phase) -> Int { phase.rawValue % 8 + 1 }

  private static func shortTime(_ seconds: Double) -> String {
    if seconds >= 60 { return Format.duration(seconds) }
    return seconds >= 1 ? Format.fixed(seconds, 1) + " s" : Format.fixed(1000 * seconds, 0) + " ms"
  }

  /// Phases with the colour of their bar.
  private func phaseTable(_ phases: [(phase: Phase, seconds: Double)], total: Double) -> String {
    "<div class=\"scroll\"><table><thead><tr><th>phase</th><th>time</th><th>share</th></tr></thead><tbody>"
      + phases.map { phase, seconds in
        "<tr><td><span class=\"swatch c\(Self.color(phase))\"></span>\(phase)</td>"
          + "<td>\(Self.shortTime(seconds))</td><td>\(Format.percent(seconds / total))</td></tr>"
      }.joined() + "</tbody></table></div>"
  }

  // MARK: Figures and tables

  /// Rows of a table that are shown; the file has the rest.
  private static let longestTable = 40

  private var attachments: String {
    var html = ""
    for (number, run) in runs.enumerated() where !run.attachments.isEmpty {
      let tables = run.attachments.filter { $0.name.hasSuffix(".csv") }
      var shown: Set<String> = []
      for (index, figure) in run.attachments.enumerated() where figure.name.hasSuffix(".svg") {
        let name = String(figure.name.dropLast(4))
        // Such a figure has colours of its own for dark pages.
        let adapts = figure.text.contains("prefers-color-scheme")
        let drawing =
          InlineFigure.html(figure.text, prefix: "f\(number)-\(index)-")
          ?? "<p>\(HTML.escaped(figure.name)) holds no drawing</p>"
        html +=
          "<figure class=\"wide\"><figcaption>\(title(name, run))</figcaption>"
          + "<div class=\"drawing\(adapts ? " adaptive" : "")\">\(drawing)</div>"
        for table in tables where table.name == name + ".csv" {
          shown.insert(table.name)
          html += self.table(table)
        }
        html += "</figure>"
      }
      let others = tables.filter { !shown.contains($0.name) }
      if !others.isEmpty {
        html +=
          "<section class=\"card wide\"><h3>\(title("tables", run))</h3>"
          + others.map(table).joined() + "</section>"
      }
    }
    return html.isEmpty ? "" : "<h2>Figures</h2><div class=\"cards\">\(html)</div>"
  }

  private func title(_ name: String, _ run: RunRecord) -> String {
    HTML.escaped(runs.count > 1 ? "\(run.name): \(name)" : name)
  }

  private func table(_ file: RunRecord.Attachment) -> String {
    let rows = file.text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = rows.first else { return "" }
    let left = rows.count - 1 - Self.longestTable
    return "<details><summary>\(HTML.escaped(file.name)), \(RunRecord.count(rows.count - 1, "row"))"
      + "</summary>" + HTML.table(header, Array(rows.dropFirst().prefix(Self.longestTable)))
      + (left > 0 ? "<p class=\"note\">\(left) more in the file</p>" : "") + "</details>"
  }

  // MARK: Again

  private func recipe(_ run: RunRecord) -> String {
    let first = run.sessions.first?.session
    var facts: [(String, String)] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append((name, value)) }
    }
    add("folder", run.directory)
    add("program", first.map { "hyperdist \($0.programVersion)" })
    add("seed", run.configuration.map { "\($0.training.seed)" })
    let data = [
      run.configuration.flatMap { $0.problem == .toy ? nil : $0.data.title }, first?.data,
    ]
    add("data", data.compactMap { $0 }.joined(separator: ", "))
    let machine = first?.machine
    add(
      "machine",
      [
        machine?.host, machine?.processor,
        machine.flatMap { $0.cores > 0 ? RunRecord.count($0.cores, "core") : nil },
        machine?.system,
      ].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", "))
    add("checkpoints", run.checkpoints.last.map { "\(run.checkpoints.count), the last \($0)" })
    var html =
      "<section class=\"card\"><h3>\(HTML.escaped(run.name))</h3>" + HTML.definitions(facts)
    let ranks = first?.ranks ?? 1
    let launch = ranks > 1 ? ["mpirun", "-np", "\(ranks)"] : []
    if let words = first?.command, !words.isEmpty {
      html +=
        "<p>Started with</p><pre class=\"wrap\">"
        + Self.command(launch + words.map(Self.quoted)) + "</pre>"
    }
    if run.configurationText != nil {
      let again = [
        "hyperdist", "train", "--config", Self.quoted(run.directory + "/config.yaml"), "--run-dir",
        Self.quoted(run.directory + "-again"),
      ]
      html +=
        "<p>The same again, whatever the command line was</p><pre class=\"wrap\">"
        + Self.command(launch + again) + "</pre>"
    }
    html += sessions(run)
    if let text = run.configurationText {
      html += "<details><summary>config.yaml</summary><pre>\(HTML.escaped(text))</pre></details>"
    }
    return html + "</section>"
  }

  private func sessions(_ run: RunRecord) -> String {
    let rows = run.sessions.map { time, step, session in
      [
        time.map(Self.date) ?? "-", step.map { "\($0)" } ?? "-", "\(session.ranks)",
        "\(session.threads)", session.reduction,
      ]
    }
    guard !rows.isEmpty else { return "" }
    return "<details><summary>\(RunRecord.count(rows.count, "session"))</summary>"
      + HTML.table(["started", "behind step", "ranks", "threads", "reduction"], rows) + "</details>"
  }

  /// Words of a command line, which a narrow page breaks between words rather than at their hyphens.
  private static func command(_ words: [String]) -> String {
    words.map { "<span>\(HTML.escaped($0))</span>" }.joined(separator: " ")
  }

  /// A word as a shell reads it back.
  private static func quoted(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9": true
      default: "-_./=,:+@%".unicodeScalars.contains(scalar)
      }
    }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }

  private static func date(_ seconds: Double) -> String {
    guard seconds.magnitude < 1e12 else { return "-" }
    var whole = time_t(seconds)
    var parts = tm()
    gmtime_r(&whole, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
  }
}

extension RunReport {
  /// Files that a report of this folder reads, or whose loss would hurt it.
  public static func inputs(of directory: String) -> [String] {
    RunFolder(directory: directory).inputs + ComparisonRecord.inputs(of: directory)
      + RegressionComparisonRecord.inputs(of: directory) + ScalingRecord.inputs(of: directory)
  }
}
