// What a run leaves and tells while it goes on.

import Configurations
import Evaluation
import Host
import RunFiles

/// Writes a run's metrics and events and tells its observer. There is one on rank 0 and none elsewhere.
final class RunRecorder {
  private let configuration: Configuration
  private let folder: RunFolder
  private let observer: (any TrainingObserver)?
  private let log: EventLog
  private let metrics: MetricsFile
  private let events: EventFile
  private var meter: MetricsRecorder
  /// What of the folder's was kept under another name.
  private let notice: String?

  /// Begins the files of `folder`, or continues them behind step `step`. `clock` times the run's steps.
  init(
    folder: RunFolder, configuration: Configuration, continuingFrom step: Int, imagesPerStep: Int,
    clock: PhaseClock, observer: (any TrainingObserver)?
  ) throws {
    self.folder = folder
    self.configuration = configuration
    self.observer = observer
    notice = try Self.setAside(folder, configuration, isNew: step == 0)
    try folder.save(configuration: configuration.yaml())
    log = try EventLog(path: folder.log)
    metrics = try MetricsFile(path: folder.metrics, continuingFrom: step)
    events = try EventFile(directory: folder.directory, continuingFrom: step)
    meter = MetricsRecorder(
      clock: clock, secondsBefore: metrics.rowsBefore.last { $0.seconds != nil }?.seconds ?? 0,
      imagesPerStep: imagesPerStep, reduction: configuration.distribution.reduction.rawValue,
      lastStep: step)
  }

  /// Keeps what a run would write over and did not write itself: all that lies there of an earlier run where this one is new, and a
  /// configuration that somebody has written.
  private static func setAside(
    _ folder: RunFolder, _ configuration: Configuration, isNew: Bool
  ) throws -> String? {
    var kept = isNew ? try folder.setAsideEarlierFiles() : []
    if let text = try folder.savedConfiguration(), text != configuration.yaml() {
      let own = (try? Configuration.parse(yaml: text, source: folder.configuration))?.yaml()
      if isNew || own != text { kept.append(try folder.setAsideConfiguration()) }
    }
    return kept.isEmpty
      ? nil
      : "\(folder.directory) held other files of these names, which are kept: \(kept.joined(separator: ", "))"
  }

  /// The best validation accuracy of the rows before; nil where there is none.
  var bestAccuracyBefore: Double? {
    metrics.rowsBefore.compactMap(\.validationMajorityAccuracy).max()
  }

  /// `warning`, about the machine, is logged.
  func started(_ start: TrainingStart, warning: String?) throws {
    var session = RunEvent.Session()
    session.programVersion = ProgramVersion.current
    session.seed = configuration.training.seed
    session.ranks = start.rankCount
    session.threads = start.threadCount
    session.reduction = configuration.distribution.reduction.rawValue
    session.data = start.dataLocation
    session.command = CommandLine.arguments
    session.machine = .current
    session.warning = warning
    session.checkpoint = start.resumedFrom
    try log.record(
      start.resumedStep > 0 ? .resume(session) : .start(session), step: start.resumedStep)
    observer?.started(start)
    for notice in [notice, metrics.notice].compactMap({ $0 }) {
      try warn(notice, step: start.resumedStep)
    }
  }

  /// Tells what to know before believing what follows.
  func warn(_ text: String, step: Int) throws {
    var event = RunEvent.Warning()
    event.text = text
    try log.record(.warning(event), step: step)
    observer?.warned(text)
  }

  /// Begins and ends what counts neither as training nor in the rates.
  func pause() { meter.pause() }
  func resume() { meter.resume() }

  func validated(_ step: Int, _ figures: NetworkFigures) throws {
    var event = RunEvent.Validation()
    event.result = figures.json
    try log.record(.validation(event), step: step)
    observer?.validated(step, figures)
  }

  /// Step `step` is over; a row of metrics is written where `isLogged`, and with every validation.
  /// `skippedInARow`: how many steps up to this one were not made.
  func finished(
    _ step: Int, _ report: StepReport, validation: NetworkFigures?, isLogged: Bool,
    skippedInARow: Int
  ) throws {
    if let skipped = report.skipped {
      var event = RunEvent.Skip()
      event.what = skipped.text
      event.sample = skipped.sample
      event.rank = skipped.rank
      event.inARow = skippedInARow
      try log.record(.skip(event), step: step)
      observer?.skippedStep(step, skipped, count: skippedInARow)
    }
    if isLogged || validation != nil {
      let row = meter.row(step: step, report: report, validation: validation)
      try metrics.append(row)
      try events.append(row, accuracies: validation?.classes?.accuracies)
    }
    observer?.finishedStep(step, report)
  }

  /// Brings what was written to the disk: a run that continues from a checkpoint finds all before it.
  func sync() throws {
    try metrics.sync()
    try events.sync()
    try log.sync()
  }

  func saved(_ step: Int, path: String, isBest: Bool) throws {
    var event = RunEvent.Checkpoint()
    event.path = path
    event.isBest = isBest
    try log.record(.checkpoint(event), step: step)
    observer?.saved(step, path: path, isBest: isBest)
  }

  func stopped(_ outcome: TrainingOutcome, _ reason: RunEvent.Stop.Reason) throws {
    if let name = outcome.stopSignal {
      var event = RunEvent.Signal()
      event.name = name
      try log.record(.signal(event), step: outcome.step)
    }
    var event = RunEvent.Stop()
    event.reason = reason
    event.seconds = outcome.seconds
    try log.record(.stop(event), step: outcome.step)
    try sync()
    if reason != .notFinite { observer?.stopped(outcome) }
  }
}
