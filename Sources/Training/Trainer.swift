// The training loop.

import Checkpointing
import Collectives
import Configurations
import Datasets
import Evaluation
import Hypernetworks
import TensorCore

/// Where a training takes up.
public enum ResumeMode: Sendable, Equatable {
  /// From the run folder's latest checkpoint, or from the start where there is none.
  case auto
  /// From the start; refused where the run folder holds checkpoints.
  case never
  case from(checkpoint: String)
}

/// Trains a hypernetwork on all ranks: steps, metrics, validation, checkpoints.
public final class Trainer {
  public static let programVersion = "0.1.0"

  private let configuration: Configuration
  private let data: Dataset
  private let folder: RunFolder
  private let communicator: Communicator
  private let pool: WorkerPool
  private let observer: (any TrainingObserver)?
  private let parameters: HypernetworkParameters
  private let step: TrainingStep
  private let evaluator: EnsembleEvaluator
  private let saver: CheckpointSaver
  private let log: EventLog

  /// `observer` hears of what happens on rank 0; other ranks pass nil.
  public init(
    configuration: Configuration, data: Dataset, runDirectory: String, communicator: Communicator,
    pool: WorkerPool, observer: (any TrainingObserver)?
  ) throws {
    self.configuration = configuration
    self.data = data
    self.communicator = communicator
    self.pool = pool
    self.observer = observer
    folder = RunFolder(directory: runDirectory)
    log = EventLog(path: folder.log)
    let plan = try ShardPlan(
      sampleCount: configuration.training.latents, shardCount: configuration.distribution.shards,
      rankCount: communicator.size)
    parameters = HypernetworkParameters(
      layout: try configuration.hypernetworkLayout(), seed: configuration.training.seed)
    step = try TrainingStep(
      parameters: parameters, settings: StepSettings(configuration), plan: plan,
      images: data.training, communicator: communicator, pool: pool)
    evaluator = try EnsembleEvaluator(
      parameters: parameters, settings: configuration.objectiveSettings,
      communicator: communicator, pool: pool)
    saver = CheckpointSaver(
      configuration: configuration, folder: folder,
      tensors: TrainingState.tensors(parameters, step.optimizer), communicator: communicator)
  }

  /// Trains to the last step, or until a signal asks for the end. Collective.
  public func run(resume: ResumeMode) throws -> TrainingOutcome {
    if communicator.rank == 0 { try folder.make() }
    try communicator.barrier()
    let resumed = try saver.restore(resume)
    var metrics: MetricsFile?
    if communicator.rank == 0 {
      try TextFile.replace(folder.configuration, with: configuration.yaml())
      metrics = try MetricsFile(path: folder.metrics, continuingFrom: resumed.step)
      try announceStart(resumed)
    }
    saver.bestAccuracy = try shareFromRoot(metrics?.bestBefore ?? -1)

    let begin = monotonicSeconds()
    var recorder = MetricsRecorder(
      clock: step.clock, secondsBefore: metrics?.secondsBefore ?? 0,
      imagesPerStep: imagesPerStep, lastStep: resumed.step)
    var outcome = TrainingOutcome(step: resumed.step, seconds: 0)
    let steps = configuration.training.steps
    var current = resumed.step
    while current < steps {
      current += 1
      let isLogged = isDue(current, configuration.metrics.every)
      var requests: StepRequests = []
      if StopSignal.number != nil { requests.insert(.stop) }
      if saver.isOverdue { requests.insert(.checkpoint) }
      let report = try step.run(current, measure: isLogged, requests: requests)
      let stops = report.requests.contains(.stop) && current < steps
      var validation: EnsembleResult?
      if isDue(current, configuration.validation.every) && !stops {
        recorder.pause()
        validation = try validate(current)
        outcome.validation = validation
        recorder.resume()
      }
      if communicator.rank == 0 {
        var row: MetricsRow?
        if isLogged || validation != nil {
          row = recorder.row(step: current, report: report, validation: validation)
          try metrics!.append(row!)
        }
        observer?.finishedStep(current, report, row: row)
      }
      let isBest = saver.noteAccuracy(validation?.majorityAccuracy)
      if current == steps || stops || isBest || report.requests.contains(.checkpoint)
        || isDue(current, configuration.checkpoint.every)
      {
        recorder.pause()
        outcome.checkpoint = try saver.save(current, isBest: isBest)
        if communicator.rank == 0 { try announceSave(current, outcome.checkpoint!, isBest) }
        recorder.resume()
      }
      if stops {
        outcome.stopSignal = try communicator.gather(StopSignal.name ?? "").first { !$0.isEmpty }
        break
      }
    }
    outcome.step = current
    outcome.seconds = monotonicSeconds() - begin
    if communicator.rank == 0 { try announceStop(outcome) }
    return outcome
  }

  private var imagesPerStep: Int {
    configuration.training.latents * configuration.training.imagesPerLatent
  }

  private func isDue(_ current: Int, _ every: Int) -> Bool {
    every > 0 && (current % every == 0 || current == configuration.training.steps)
  }

  private func validate(_ current: Int) throws -> EnsembleResult {
    let result = try evaluator.evaluate(
      EvaluationRequest(
        networkCount: configuration.validation.samples, seed: configuration.training.seed,
        purpose: .validationLatents), on: data.validation)
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
      runDirectory: folder.directory, dataName: data.name, dataLocation: data.location,
      parameterCount: parameters.layout.parameters.count,
      weightCount: parameters.layout.weightCount, rankCount: communicator.size,
      threadCount: pool.threadCount, resumedStep: resumed.step, resumedFrom: resumed.path,
      steps: configuration.training.steps, imagesPerStep: imagesPerStep)
    try log.record(
      resumed.step > 0 ? "resume" : "start", step: resumed.step,
      [
        ("program_version", .string(Self.programVersion)),
        ("seed", .integer(Int(truncatingIfNeeded: configuration.training.seed))),
        ("ranks", .integer(communicator.size)), ("threads", .integer(pool.threadCount)),
        ("data", .string(data.location)),
        ("checkpoint", resumed.path.map { .string($0) } ?? .null),
      ])
    observer?.started(start)
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
      augmentation: configuration.data.augment,
      learningRate: configuration.training.learningRate,
      learningRateDecay: configuration.training.learningRateDecay,
      objective: configuration.objectiveSettings,
      exchange: configuration.distribution.exchange)
  }
}
