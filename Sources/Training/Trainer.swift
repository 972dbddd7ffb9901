// The training loop.

import Collectives
import Configurations
import Datasets
import Evaluation
import Files
import Host
import Numerics
import RunFiles
import Supervision

/// Trains a hypernetwork on all ranks: steps, metrics, validation, checkpoints.
public final class Trainer {
  private let configuration: Configuration
  private let subject: TrainingSubject
  private let folder: RunFolder
  private let communicator: Communicator
  private let pool: WorkerPool
  private let observer: (any TrainingObserver)?
  private var step: any OptimizationStep { subject.step }
  private let saver: CheckpointSaver
  private let log: EventLog
  private let warning: String?
  private var pulse: Pulse { step.clock.pulse }

  /// `observer` hears of what happens on rank 0; other ranks pass nil. `data` are the images of the
  /// configuration's data set, which the toy problem does without. `warning`, about the machine, is
  /// logged.
  public init(
    configuration: Configuration, data: Dataset?, runDirectory: String,
    communicator: Communicator, pool: WorkerPool, observer: (any TrainingObserver)?,
    warning: String? = nil
  ) throws {
    self.configuration = configuration
    self.warning = warning
    self.communicator = communicator
    self.pool = pool
    self.observer = observer
    folder = RunFolder(directory: runDirectory)
    log = EventLog(path: folder.log)
    switch configuration.problem {
    case .networks:
      guard let data else { preconditionFailure("Trainer: no images to train networks on") }
      subject = try .networks(
        configuration, data: data, communicator: communicator, pool: pool)
    case .toy:
      subject = .toy(configuration, communicator: communicator, pool: pool)
    }
    saver = CheckpointSaver(
      configuration: configuration, folder: folder, tensors: subject.tensors,
      communicator: communicator)
  }

  /// Trains to the last step, or until a signal asks for the end. A checkpoint holds the state after
  /// the last step that was made: of skipped steps behind it nothing is kept, a resumed run meets them
  /// again. Collective.
  public func run(resume: ResumeMode) throws -> TrainingOutcome {
    let watchdog = try Watchdog.start(
      limit: configuration.distribution.stallSeconds, pulse: pulse, communicator: communicator)
    defer { watchdog?.stop() }
    if communicator.rank == 0 { try folder.make() }
    try communicator.barrier()
    let resumed = try saver.restore(resume)
    var metrics: MetricsFile?
    var events: EventFile?
    if communicator.rank == 0 {
      try WholeFile.replace(folder.configuration, with: configuration.yaml())
      metrics = try MetricsFile(path: folder.metrics, continuingFrom: resumed.step)
      events = try EventFile(directory: folder.directory, continuingFrom: resumed.step)
      try announceStart(resumed)
    }
    saver.bestAccuracy = try shareFromRoot(metrics?.bestBefore ?? -1)

    let begin = monotonicSeconds()
    var recorder = MetricsRecorder(
      clock: step.clock, secondsBefore: metrics?.secondsBefore ?? 0,
      imagesPerStep: subject.itemsPerStep, reduction: configuration.distribution.reduction.rawValue,
      lastStep: resumed.step)
    var outcome = TrainingOutcome(step: resumed.step, seconds: 0)
    let steps = configuration.training.steps
    var current = resumed.step
    var lastMade = resumed.step
    while current < steps {
      current += 1
      let isLogged = isDue(current, configuration.metrics.every)
      var requests: StepRequests = []
      if StopSignal.number != nil { requests.insert(.stop) }
      if saver.isOverdue { requests.insert(.checkpoint) }
      let report = try step.run(current, measure: isLogged, requests: requests)
      if report.skipped == nil { lastMade = current }
      let givesUp = current - lastMade > configuration.training.maxSkippedSteps
      let stops = givesUp || report.requests.contains(.stop) && current < steps
      var validation: EnsembleResult?
      if let evaluator = subject.evaluator, isDue(current, configuration.validation.every), !stops {
        recorder.pause()
        validation = try validate(current, evaluator)
        outcome.validation = validation
        recorder.resume()
      }
      pulse.enter(.metrics, step: current)
      if communicator.rank == 0 {
        if let skipped = report.skipped {
          try announceSkip(current, skipped, count: current - lastMade)
        }
        var row: MetricsRow?
        if isLogged || validation != nil {
          row = recorder.row(step: current, report: report, validation: validation)
          try metrics!.append(row!)
          try events!.append(row!, accuracies: validation?.accuracies)
        }
        observer?.finishedStep(current, report, row: row)
      }
      let isBest = saver.noteAccuracy(validation?.majorityAccuracy)
      if current == steps || stops || isBest || report.requests.contains(.checkpoint)
        || isDue(current, configuration.checkpoint.every)
      {
        recorder.pause()
        outcome.checkpoint = try save(lastMade, isBest: isBest)
        recorder.resume()
      }
      if givesUp { throw try notFinite(current, report.skipped!, lastMade, outcome) }
      if stops {
        outcome.stopSignal = try communicator.gather(StopSignal.name ?? "").first { !$0.isEmpty }
        break
      }
    }
    outcome.step = current
    outcome.seconds = monotonicSeconds() - begin
    if communicator.rank == 0 { try announceStop(outcome) }
    pulse.enter(.end, step: current)
    return outcome
  }

  private func isDue(_ current: Int, _ every: Int) -> Bool {
    every > 0 && (current % every == 0 || current == configuration.training.steps)
  }

  /// Saves the state after step `made`, unless it was saved last, and returns where it is. Collective.
  private func save(_ made: Int, isBest: Bool) throws -> String {
    if let saved = saver.saved, saved.step == made, !isBest { return saved.path }
    pulse.enter(.checkpoint, step: made)
    let path = try saver.save(made, isBest: isBest)
    if communicator.rank == 0 { try announceSave(made, path, isBest) }
    pulse.mark()
    return path
  }

  private func validate(_ current: Int, _ evaluator: EnsembleEvaluator) throws -> EnsembleResult {
    pulse.enter(.validation, step: current)
    let result = try evaluator.evaluate(
      EvaluationRequest(
        networkCount: configuration.validation.samples, seed: configuration.training.seed,
        purpose: .validationLatents), on: subject.validationImages!)
    if communicator.rank == 0 {
      try log.record("validation", step: current, [("result", result.json)])
      observer?.validated(current, result)
    }
    return result
  }

  private func shareFromRoot(_ value: Double) throws -> Double {
    let shared = AlignedBuffer<Double>(count: 1)
    shared[0] = value
    try communicator.broadcast(shared.view, from: 0)
    return shared[0]
  }

  private func announceStart(_ resumed: CheckpointSaver.Resumed) throws {
    let start = TrainingStart(
      runDirectory: folder.directory, dataName: subject.dataName,
      dataLocation: subject.dataLocation, parameterCount: subject.parameterCount,
      weightCount: subject.outputCount, rankCount: communicator.size,
      threadCount: pool.threadCount, resumedStep: resumed.step, resumedFrom: resumed.path,
      steps: configuration.training.steps, imagesPerStep: subject.itemsPerStep,
      problem: configuration.problem)
    try log.record(
      resumed.step > 0 ? "resume" : "start", step: resumed.step,
      [
        ("program_version", .string(ProgramVersion.current)),
        ("seed", .integer(Int(truncatingIfNeeded: configuration.training.seed))),
        ("ranks", .integer(communicator.size)), ("threads", .integer(pool.threadCount)),
        ("reduction", .string(configuration.distribution.reduction.rawValue)),
        ("data", .string(subject.dataLocation)),
        ("command", .array(CommandLine.arguments.map { .string($0) })),
        ("machine", MachineDescription.current.json),
        ("warning", warning.map { .string($0) } ?? .null),
        ("checkpoint", resumed.path.map { .string($0) } ?? .null),
      ])
    observer?.started(start)
  }

  private func announceSkip(_ current: Int, _ skipped: SkippedStep, count: Int) throws {
    try log.record(
      "skip", step: current,
      [
        ("what", .string(skipped.text)), ("sample", skipped.sample.map { .integer($0) } ?? .null),
        ("rank", skipped.rank.map { .integer($0) } ?? .null), ("in_a_row", .integer(count)),
      ])
    observer?.skippedStep(current, skipped, count: count)
  }

  /// Too many steps in a row could not be made.
  private func notFinite(
    _ current: Int, _ skipped: SkippedStep, _ lastMade: Int, _ outcome: TrainingOutcome
  ) throws -> TrainingError {
    if communicator.rank == 0 {
      try log.record("stop", step: current, [("reason", .string("not finite"))])
    }
    return TrainingError(
      description:
        "step \(current): \(skipped.text) is not finite, as something was in every step since "
        + "\(lastMade + 1), and training.maxSkippedSteps is \(configuration.training.maxSkippedSteps); "
        + "the state after step \(lastMade) is in \(outcome.checkpoint ?? "no checkpoint"); start a new "
        + "run with a lower training.learningRate or objective.lambda", isMetByAllRanks: true)
  }

  private func announceSave(_ current: Int, _ path: String, _ isBest: Bool) throws {
    try log.record(
      "checkpoint", step: current, [("path", .string(path)), ("best", .bool(isBest))])
    observer?.saved(current, path: path, isBest: isBest)
  }

  private func announceStop(_ outcome: TrainingOutcome) throws {
    if let signal = outcome.stopSignal {
      try log.record("signal", step: outcome.step, [("signal", .string(signal))])
    }
    try log.record(
      "stop", step: outcome.step,
      [
        ("reason", .string(outcome.stopSignal == nil ? "done" : "signal")),
        ("seconds", .number(outcome.seconds)),
      ])
    observer?.stopped(outcome)
  }
}

extension StepSettings {
  public init(_ configuration: Configuration) {
    self.init(
      seed: configuration.training.seed,
      imagesPerLatent: configuration.training.imagesPerLatent,
      precision: configuration.training.precision,
      augmentation: configuration.data.augment,
      learningRate: configuration.training.learningRate,
      learningRateDecay: configuration.training.learningRateDecay,
      objective: configuration.objectiveSettings,
      exchange: configuration.distribution.exchange,
      reduction: configuration.distribution.reduction)
  }
}
