// What a run folder tells, also of a run that is still going.

import Configurations
import Files
import Glibc
import Host
import RunFiles

/// The files of one run folder, read as far as they are there and whole.
struct RunRecord {
  /// Numbers of metrics.csv by column.
  struct Metrics {
    var columns: [String] = []
    /// Rows of numbers; nil where a field is empty or no number.
    var rows: [[Double?]] = []

    /// Step and value of every row in which the column has a number.
    func series(_ column: String) -> [(step: Double, value: Double)] {
      guard let place = columns.firstIndex(of: column), let steps = columns.firstIndex(of: "step")
      else { return [] }
      return rows.compactMap { row in
        guard let step = row[steps], let value = row[place] else { return nil }
        return (step, value)
      }
    }

    func last(_ column: String) -> Double? { series(column).last?.value }
  }

  /// A table or figure of the folder `figures`.
  struct Attachment {
    let name: String
    let text: String
  }

  let directory: String
  /// The folder's own name.
  let name: String
  let configurationText: String?
  let configuration: Configuration?
  let metrics: Metrics
  let events: [JSONValue]
  let checkpoints: [String]
  /// Files of `figures`, by name: .svg and .csv.
  let attachments: [Attachment]
  /// What is missing or cannot be read, in words.
  let gaps: [String]

  /// A folder that holds nothing of a run.
  struct NotARun: UserFacingError {
    let description: String
  }

  init(directory given: String) throws(NotARun) {
    var directory = given
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    let folder = RunFolder(directory: directory)
    self.directory = directory
    name = directory.split(separator: "/").last.map(String.init) ?? directory
    var gaps: [String] = []
    func text(_ path: String, _ what: String) -> String? {
      let text = try? RunFolder.text(of: path)
      if text == nil { gaps.append("\(path) is missing or cannot be read: \(what)") }
      return text
    }
    configurationText = text(folder.configuration, "the configuration is unknown")
    let metricsText = text(folder.metrics, "there are no curves")
    let log = text(folder.log, "sessions, machine and events are unknown")
    guard configurationText != nil || metricsText != nil || log != nil else {
      throw NotARun(
        description: "\(directory): no run folder: it has neither config.yaml, metrics.csv nor "
          + "log.jsonl; give the folder that hyperdist train --run-dir names")
    }
    configuration = configurationText.flatMap {
      try? Configuration.parse(yaml: $0, source: folder.configuration)
    }
    if configurationText != nil, configuration == nil {
      gaps.append("\(folder.configuration) cannot be understood by this version")
    }
    metrics = Self.metrics(metricsText ?? "", path: folder.metrics, &gaps)
    events = Self.events(log ?? "", path: folder.log, &gaps)
    checkpoints = Self.names(in: folder.checkpoints).filter { $0.hasSuffix(".h5") }
    if checkpoints.isEmpty { gaps.append("\(folder.checkpoints) holds no checkpoint yet") }
    let figures = folder.figures
    attachments = Self.names(in: figures).filter { $0.hasSuffix(".svg") || $0.hasSuffix(".csv") }
      .compactMap { name in
        (try? RunFolder.text(of: "\(figures)/\(name)")).map { Attachment(name: name, text: $0) }
      }
    self.gaps = gaps
  }

  /// Whole lines with as many fields as the header; the last may be half written.
  private static func metrics(_ text: String, path: String, _ gaps: inout [String]) -> Metrics {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // Behind the last line end there is nothing, or a line that is being written.
    if let rest = lines.popLast(), !rest.isEmpty {
      gaps.append("\(path): the last line is not whole yet and left out")
    }
    var metrics = Metrics()
    guard let header = lines.first else { return metrics }
    metrics.columns = header.split(separator: ",").map(String.init)
    var broken = 0
    for line in lines.dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      if fields.count == metrics.columns.count {
        metrics.rows.append(fields.map { Double($0).flatMap { $0.isFinite ? $0 : nil } })
      } else {
        broken += 1
      }
    }
    if broken > 0 { gaps.append("\(path): \(broken) lines have another number of fields") }
    return metrics
  }

  private static func events(_ text: String, path: String, _ gaps: inout [String]) -> [JSONValue] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if let rest = lines.popLast(), !rest.isEmpty {
      gaps.append("\(path): the last line is not whole yet and left out")
    }
    let events = lines.compactMap { JSONValue(parsing: $0) }
    if events.count < lines.count {
      gaps.append("\(path): \(lines.count - events.count) lines cannot be read")
    }
    return events
  }

  private static func names(in directory: String) -> [String] {
    guard let folder = opendir(directory) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { names.append(String(cString: $0)) }
      }
    }
    return names.sorted()
  }
}

// MARK: What follows from the files

extension RunRecord {
  /// Starts and resumes.
  var sessions: [JSONValue] { named("start") + named("resume") }

  func named(_ event: String) -> [JSONValue] { events.filter { $0["event"]?.text == event } }

  /// The last step of which anything is known.
  var lastStep: Int {
    Int((metrics.series("step").map(\.value) + events.compactMap { $0["step"]?.number }).max() ?? 0)
  }

  var itemsName: String { configuration?.problem == .toy ? "points" : "images" }

  enum State {
    case finished
    case stopped(String)
    case failed, open
  }

  /// How the last session ended, if it did.
  var state: State {
    guard let last = events.last(where: { $0["event"]?.text != "signal" }),
      last["event"]?.text == "stop"
    else { return .open }
    switch last["reason"]?.text {
    case "done": return .finished
    case "signal":
      return .stopped(named("signal").last?["signal"]?.text ?? "a signal")
    default: return .failed
    }
  }

  var stateText: String {
    switch state {
    case .finished: "finished"
    case .stopped(let signal): "stopped on \(signal)"
    case .failed: "ended: numbers that are not finite"
    case .open: "going on, or ended without a word"
    }
  }

  /// Everything a reader should know before believing the curves.
  var warnings: [String] {
    var list = gaps
    let skipped = named("skip")
    if let first = skipped.first, let last = skipped.last {
      let what = last["what"]?.text.map { "; the last: \($0) was not finite" } ?? ""
      list.append(
        "\(Self.count(skipped.count, "step")) skipped, from step "
          + "\(Int(first["step"]?.number ?? 0)) to \(Int(last["step"]?.number ?? 0))\(what)")
    }
    let resumes = named("resume")
    if !resumes.isEmpty {
      let steps = resumes.map { "\(Int($0["step"]?.number ?? 0))" }.joined(separator: ", ")
      list.append("resumed \(Self.count(resumes.count, "time")), behind step \(steps)")
    }
    for warning in Set(sessions.compactMap { $0["warning"]?.text }).sorted() {
      list.append(warning.hasPrefix("warning: ") ? String(warning.dropFirst(9)) : warning)
    }
    if configuration?.problem != .toy, metrics.series("validation_mean_accuracy").isEmpty {
      list.append("no validation yet: accuracies are those of training images")
    }
    if Set(sessions.compactMap { $0["program_version"]?.text }).count > 1 {
      list.append("sessions were made by different versions of the program")
    }
    return list
  }

  /// Seconds spent on each phase over all logged steps, the largest first.
  var phases: [(name: String, seconds: Double)] {
    let metrics = metrics
    guard let stepPlace = metrics.columns.firstIndex(of: "step") else { return [] }
    return metrics.columns.enumerated().compactMap { place, column in
      guard column.hasPrefix("seconds_") else { return nil }
      var before = 0.0
      var seconds = 0.0
      for row in metrics.rows {
        guard let step = row[stepPlace] else { continue }
        seconds += (row[place] ?? 0) * (step - before)
        before = step
      }
      return seconds > 0 ? (String(column.dropFirst(8)), seconds) : nil
    }.sorted { $0.seconds > $1.seconds }
  }

  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
