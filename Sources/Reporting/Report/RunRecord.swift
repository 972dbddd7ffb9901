// What a run folder tells, also of a run that is still going.

import Configurations
import Evaluation
import Files
import Glibc
import Host
import RunFiles

/// The files of one run folder, read as far as they are there and whole.
struct RunRecord {
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
  let metrics: MetricsTable
  let events: [EventLog.Entry]
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
    func part<Part>(_ path: String, _ what: String, _ read: (String) throws -> Part?) -> Part? {
      let part = try? read(path)
      if part == nil { gaps.append("\(path) is missing or cannot be read: \(what)") }
      return part
    }
    configurationText = part(folder.configuration, "the configuration is unknown") {
      try WholeFile.text($0)
    }
    let metrics = part(folder.metrics, "there are no curves") { try MetricsFile.read($0) }
    let log = part(folder.log, "sessions, machine and events are unknown") { try EventLog.read($0) }
    guard configurationText != nil || metrics != nil || log != nil else {
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
    self.metrics = metrics ?? MetricsTable()
    events = log?.entries ?? []
    let isUnfinished = [
      (folder.metrics, metrics?.endsWithinALine), (folder.log, log?.endsWithinALine),
    ]
    for (path, endsWithinALine) in isUnfinished where endsWithinALine == true {
      gaps.append("\(path): the last line is not whole yet and left out")
    }
    gaps += self.metrics.losses.map { "\(folder.metrics): left out: \($0)" }
    if let log, log.unreadLines > 0 {
      gaps.append("\(folder.log): \(log.unreadLines) lines cannot be read")
    }
    checkpoints = Folder.names(in: folder.checkpoints).filter { $0.hasSuffix(".h5") }
    if checkpoints.isEmpty { gaps.append("\(folder.checkpoints) holds no checkpoint yet") }
    let figures = folder.figures
    attachments = Folder.names(in: figures).filter { $0.hasSuffix(".svg") || $0.hasSuffix(".csv") }
      .compactMap { name in
        (try? WholeFile.text("\(figures)/\(name)")).map { Attachment(name: name, text: $0) }
      }
    self.gaps = gaps
  }
}

// MARK: What follows from the files

extension RunRecord {
  /// A start or resume, and when it was.
  typealias SessionStart = (time: Double?, step: Int?, session: RunEvent.Session)

  /// In the order in which they are logged.
  var sessions: [SessionStart] {
    events.compactMap { entry in
      switch entry.event {
      case .start(let session), .resume(let session): (entry.time, entry.step, session)
      default: nil
      }
    }
  }

  /// The last step of which anything is known.
  var lastStep: Int {
    max(metrics.rows.last?.step ?? 0, events.compactMap(\.step).max() ?? 0)
  }

  /// Whether its networks predict numbers and name no classes.
  var predictsNumbers: Bool {
    configuration.map { $0.problem == .networks && $0.loss.isRegression } ?? false
  }

  var itemsName: String { configuration?.problem == .toy ? "points" : "images" }

  enum State {
    case finished
    case stopped(String)
    case failed, open
  }

  /// How the last session ended, if it did.
  var state: State {
    guard case .stop(let stop) = events.last?.event else { return .open }
    switch stop.reason {
    case .done: return .finished
    case .signal:
      let signals = events.compactMap { entry in
        if case .signal(let signal) = entry.event { signal.name } else { nil as String? }
      }
      return .stopped(signals.last ?? "a signal")
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
    let skipped = events.compactMap { entry -> (step: Int, what: String)? in
      if case .skip(let skip) = entry.event { (entry.step ?? 0, skip.what) } else { nil }
    }
    if let first = skipped.first, let last = skipped.last {
      let what = last.what.isEmpty ? "" : "; the last: \(last.what) was not finite"
      list.append(
        "\(Self.count(skipped.count, "step")) skipped, from step \(first.step) to \(last.step)\(what)"
      )
    }
    let resumes = events.compactMap { entry in
      if case .resume = entry.event { entry.step ?? 0 } else { nil as Int? }
    }
    if !resumes.isEmpty {
      let steps = resumes.map { "\($0)" }.joined(separator: ", ")
      list.append("resumed \(Self.count(resumes.count, "time")), behind step \(steps)")
    }
    let told = events.compactMap { entry in
      if case .warning(let warning) = entry.event { warning.text } else { nil as String? }
    }
    for warning in Set(sessions.compactMap(\.session.warning) + told).sorted() {
      list.append(warning.hasPrefix("warning: ") ? String(warning.dropFirst(9)) : warning)
    }
    if configuration?.problem != .toy, metrics.series(.validationMeanAccuracy).isEmpty,
      metrics.series(.validationRMSE).isEmpty
    {
      list.append(
        "no validation yet: \(predictsNumbers ? "losses" : "accuracies") are those of training images"
      )
    }
    if Set(sessions.map(\.session.programVersion)).count > 1 {
      list.append("sessions were made by different versions of the program")
    }
    if let last = layerReports.last {
      list += last.report.warnings.map { "step \(last.step), \($0)" }
    }
    return list
  }

  /// What validations tell of the networks' layers, in the order of the steps; of steps that were made twice the last.
  var layerReports: [(step: Int, report: LayerReport)] {
    var reports: [Int: LayerReport] = [:]
    for entry in events {
      guard case .validation(let validation) = entry.event, let step = entry.step,
        let report = validation.result["layer_report"].flatMap(LayerReport.init(json:))
      else { continue }
      reports[step] = report
    }
    return reports.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Seconds spent on each phase over all logged steps, the largest first.
  var phases: [(phase: Phase, seconds: Double)] {
    Phase.allCases.compactMap { phase in
      var before = 0
      var seconds = 0.0
      for row in metrics.rows {
        seconds += (row[phase] ?? 0) * Double(row.step - before)
        before = row.step
      }
      return seconds > 0 ? (phase, seconds) : nil
    }.sorted { $0.seconds > $1.seconds }
  }

  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
