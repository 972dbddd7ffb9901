// The training loop.

import Collectives
import Configurations
import Datasets
import Evaluation
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
  private let warning: String?
  private let lock: RunLock?
  private var pulse: Pulse { step.clock.pulse }

  /// `observer` hears of what happens on rank 0; other ranks pass nil. `data` are the images of the
  /// configuration's data set, which the toy problem does without. `warning`, about the machine, is
  /// logged. `dataDigest` is that of the images. `lock` is the run folder's, on rank 0; it must be held whenever something is saved.
  public init(
    configuration: Configuration, data: Dataset?, runDirectory: String,
    communicator: Communicator, pool: WorkerPool, observer: (any TrainingObserver)?,
    warning: String? = nil, dataDigest: String? = nil, lock: RunLock? = nil
  ) throws {
    self.configuration = configuration
    self.warning = warning
    self.lock = lock
    self.communicator = communicator
    self.pool = pool
    self.observer = observer
    folder = RunFolder(directory: runDirectory)
    switch (configuration.problem, configuration.baseline.method) {
    case (.networks, let method):
      guard let data else { preconditionFailure("Trainer: no images to train networks on") }
      guard method == .none else {
        subject = try .members(
          configuration, data: data, communicator: communicator, pool: pool)
        break
      }
      subject = try .networks(
        configuration, data: data, communicator: communicator, pool: pool)
    case (.toy, _):
      subject = .toy(configuration, communicator: communicator, pool: pool)
    }
    saver = CheckpointSaver(
      configuration: configuration, data: data.map { DataSummary(of: $0).text }, folder: folder,
      state: subject.step.state, dataDigest: dataDigest, communicator: communicator, pool: pool)
  }

  /// Trains to the last step, or until a signal asks for the end. A checkpoint holds the state after
  /// the last step that was made: of skipped steps behind it nothing is kept, a resumed run meets them
  /// again. Collective.
  public func run(resume: ResumeMode, watchdog: Watchdog? = nil) throws -> TrainingOutcome {
    watchdog?.follow(pulse)
    defer { watchdog?.follow(nil) }
    if communicator.rank == 0 { try folder.make() }
    try communicator.barrier()
    let resumed = try saver.restore(resume)
    let recorder = try startRecorder(resumed)

    let begin = monotonicSeconds()
    var outcome = TrainingOutcome(step: resumed.step, seconds: 0)
    var lastMade = resumed.step
    var ending: Ending? = resumed.step < configuration.steps ? nil : .done
    while ending == nil {
      let current = outcome.step + 1
      let isLogged = isDue(current, configuration.metrics.every)
      let report = try pool.awake {
        try step.run(current, measure: isLogged, requests: requests)
      }
      if report.skipped == nil {
        lastMade = current
      } else if lastMade == current - 1 {
        try requireSound(lastMade)
      }
      ending = self.ending(current, report, lastMade: lastMade)
      let validation =
        ending == nil || ending == .done ? try validateIfDue(current, recorder) : nil
      try pulse.during(.metrics, step: current) {
        if isLogged { try lock?.requireHeld() }
        try recorder?.finished(
          current, report, validation: validation, isLogged: isLogged,
          skippedInARow: current - lastMade)
      }
      let isBest = saver.note(validation)
      if ending != nil || isBest || report.requests.contains(.checkpoint)
        || isDue(current, configuration.checkpoint.every)
      {
        outcome.checkpoint = try save(lastMade, isBest: isBest, recorder)
      }
      outcome.step = current
      outcome.validation = validation ?? outcome.validation
      if ending == .notFinite, let skipped = report.skipped {
        try recorder?.stopped(outcome, .notFinite)
        throw notFinite(current, skipped, lastMade, outcome)
      }
    }
    if ending == .signal {
      outcome.stopSignal = try communicator.gather(StopSignal.name ?? "").first { !$0.isEmpty }
    }
    outcome.seconds = monotonicSeconds() - begin
    try step.share()
    if ending == .done { outcome.networks = try writeNetworks() }
    try recorder?.stopped(outcome, outcome.stopSignal == nil ? .done : .signal)
    pulse.enter(.end, step: outcome.step)
    return outcome
  }

  /// Writes the networks that a baseline has trained into the run folder. Collective.
  private func writeNetworks() throws -> String? {
    guard let product = subject.product else { return nil }
    return try pulse.during(.checkpoint, step: configuration.steps) {
      try step.share()
      try product.write(folder.networks)
      return folder.networks
    }
  }

  private typealias Ending = RunEvent.Stop.Reason

  /// Whether step `current` was the last. The same on every rank.
  private func ending(_ current: Int, _ report: StepReport, lastMade: Int) -> Ending? {
    if current - lastMade > configuration.training.maxSkippedSteps { return .notFinite }
    if current == configuration.steps { return .done }
    return report.requests.contains(.stop) ? .signal : nil
  }

  /// What this rank asks for before a step.
  private var requests: StepRequests {
    var requests: StepRequests = []
    if StopSignal.number != nil { requests.insert(.stop) }
    if saver.isOverdue { requests.insert(.checkpoint) }
    return requests
  }

  private func isDue(_ current: Int, _ every: Int) -> Bool {
    every > 0 && (current % every == 0 || current == configuration.steps)
  }

  /// Begins the run's files; nil on ranks other than 0. Collective.
  private func startRecorder(_ resumed: CheckpointSaver.Resumed) throws -> RunRecorder? {
    var recorder: RunRecorder?
    if communicator.rank == 0 {
      let begun = try RunRecorder(
        folder: folder, configuration: configuration, continuingFrom: resumed.step,
        imagesPerStep: subject.itemsPerStep, clock: step.clock, observer: observer)
      try begun.started(start(resumed), warning: warning)
      for notice in [subject.notice, resumed.notice].compactMap({ $0 }) {
        try begun.warn(notice, step: resumed.step)
      }
      recorder = begun
    }
    if resumed.step > 0, saver.bestAccuracy == nil, saver.bestNLL == nil {
      // Checkpoints of earlier versions do not tell; the rows of the same run do.
      let best = try shareFromRoot(recorder?.bestAccuracyBefore ?? -1)
      saver.bestAccuracy = best < 0 ? nil : best
    }
    return recorder
  }

  private func start(_ resumed: CheckpointSaver.Resumed) -> TrainingStart {
    TrainingStart(
      runDirectory: folder.directory, dataName: subject.dataName,
      dataLocation: subject.dataLocation, parameterCount: subject.parameterCount,
      weightCount: subject.outputCount, rankCount: communicator.size,
      threadCount: pool.threadCount, resumedStep: resumed.step, resumedFrom: resumed.path,
      steps: configuration.steps, imagesPerStep: subject.itemsPerStep,
      problem: configuration.problem, method: configuration.baseline.method)
  }

  private func shareFromRoot(_ value: Double) throws -> Double {
    let shared = AlignedBuffer<Double>(count: 1)
    shared[0] = value
    try communicator.broadcast(shared.view, from: 0)
    return shared[0]
  }

  /// Throws on all ranks where a step was skipped for what went wrong behind the last one that was made: no later one could be made either.
  /// Collective.
  private func requireSound(_ made: Int) throws {
    try pulse.during(.checkpoint, step: made) {
      try step.share()
      try saver.requireSound(made)
    }
  }

  /// Saves the state after step `made`, unless it was saved last, and returns where it is. Collective.
  private func save(_ made: Int, isBest: Bool, _ recorder: RunRecorder?) throws -> String {
    if let saved = saver.saved, saved.step == made, !isBest { return saved.path }
    recorder?.pause()
    defer { recorder?.resume() }
    return try pulse.during(.checkpoint, step: made) {
      try lock?.requireHeld()
      try recorder?.sync()
      try step.share()
      let path = try saver.save(made, isBest: isBest)
      try recorder?.saved(made, path: path, isBest: isBest)
      return path
    }
  }

  /// Measures generated networks; nil where there is nothing to measure after this step. Collective.
  private func validateIfDue(_ current: Int, _ recorder: RunRecorder?) throws -> NetworkFigures? {
    guard let validation = subject.validation, isDue(current, configuration.validation.every) else {
      return nil
    }
    recorder?.pause()
    defer { recorder?.resume() }
    return try pulse.during(.validation, step: current) {
      try step.share()
      let result = try validation.evaluator.figures(
        EvaluationRequest(
          networkCount: min(
            validation.networks, validation.evaluator.networks.networkCount ?? .max),
          seed: configuration.training.seed,
          purpose: .validationLatents), on: validation.images)
      try recorder?.validated(current, result)
      return result
    }
  }

  /// Too many steps in a row could not be made.
  private func notFinite(
    _ current: Int, _ skipped: SkippedStep, _ lastMade: Int, _ outcome: TrainingOutcome
  ) -> TrainingError {
    TrainingError(
      description:
        "step \(current): \(skipped.text) is not finite, as something was in every step since "
        + "\(lastMade + 1), and training.maxSkippedSteps is \(configuration.training.maxSkippedSteps); "
        + "the state after step \(lastMade) is in \(outcome.checkpoint ?? "no checkpoint"); start a new "
        + "run with a lower training.learningRate or objective.lambda", isMetByAllRanks: true)
  }
}
