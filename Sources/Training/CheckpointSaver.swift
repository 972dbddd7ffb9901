// When a training is saved, and how it takes up again.

import Checkpointing
import Collectives
import Configurations
import Evaluation
import Files
import Host
import RunFiles
import TrainedModels

/// Saves and restores all training state. Collective where it says so.
final class CheckpointSaver {
  struct Resumed {
    var step = 0
    var path: String?
    /// What to know of how it was found.
    var notice: String?
  }

  /// The best validation accuracy so far; nil where there is none.
  var bestAccuracy: Double?
  /// The same of networks that predict numbers: the least negative log-likelihood.
  private(set) var bestNLL: Double?

  private let configuration: Configuration
  /// What is trained on, as JSON; nil of the toy.
  private let data: String?
  private let checkpoints: CheckpointFolder
  private let state: TrainingState
  private let communicator: Communicator
  private let pool: WorkerPool
  /// Of the images that are trained on.
  private let dataDigest: String?
  private var lastSave = monotonicSeconds()
  /// The checkpoint saved last.
  private(set) var saved: (step: Int, path: String)?

  init(
    configuration: Configuration, data: String?, folder: RunFolder, state: TrainingState,
    dataDigest: String?, communicator: Communicator, pool: WorkerPool
  ) {
    self.pool = pool
    self.data = data
    self.configuration = configuration
    self.state = state
    self.dataDigest = dataDigest
    self.communicator = communicator
    checkpoints = CheckpointFolder(
      directory: folder.checkpoints, keep: configuration.checkpoint.keep)
  }

  private var check: StateCheck { StateCheck(communicator: communicator, pool: pool) }

  /// Whether `checkpoint.minutes` have passed since the last checkpoint. Local.
  var isOverdue: Bool {
    let minutes = configuration.checkpoint.minutes
    return minutes > 0 && monotonicSeconds() - lastSave > 60 * minutes
  }

  /// Whether this validation, if there was one, is the best so far; remembers it.
  func note(_ figures: NetworkFigures?) -> Bool {
    switch figures {
    case nil: false
    case .classes(let result): noteAccuracy(result.majorityAccuracy)
    case .numbers(let result): noteNLL(result.scores.nll)
    }
  }

  /// Whether this validation accuracy is the best so far; remembers it.
  func noteAccuracy(_ accuracy: Double?) -> Bool {
    guard let accuracy, accuracy > bestAccuracy ?? -1 else { return false }
    bestAccuracy = accuracy
    return true
  }

  /// The same of networks that predict numbers.
  func noteNLL(_ nll: Double) -> Bool {
    guard nll < bestNLL ?? .infinity else { return false }
    bestNLL = nll
    return true
  }

  /// Throws on all ranks where the state after step `step` is not finite, or not the same on all. Collective.
  func requireSound(_ step: Int) throws {
    try state.read { try check.requireSound($0, step: step) }
  }

  /// Saves the state after step `step`, if it is sound, and returns the file's path. Collective.
  func save(_ step: Int, isBest: Bool) throws -> String {
    let path = try state.read { tensors in
      let seed = configuration.training.seed
      let header = CheckpointHeader(
        step: step, seed: seed, configuration: configuration.yaml(),
        programVersion: ProgramVersion.current, stateDigest: "",
        reduction: configuration.distribution.reduction.rawValue, bestAccuracy: bestAccuracy,
        bestNLL: bestNLL, dataDigest: dataDigest, data: data)
      return try checkpoints.save(
        header, tensors: tensors,
        digests: StateDigester(
          step: step, seed: seed, shardCount: configuration.shardCount, tensors: tensors,
          pool: pool, communicator: communicator),
        communicator: communicator, isBest: isBest,
        inspect: { try check.requireSound(tensors, step: step) })
    }
    lastSave = monotonicSeconds()
    saved = (step, path)
    return path
  }

  /// Overwrites the training state from a checkpoint, if there is one to take up. All ranks take the same or fail alike. Collective.
  func restore(_ mode: ResumeMode) throws -> Resumed {
    switch mode {
    case .auto:
      let names = try communicator.broadcast(
        checkpoints.candidates().joined(separator: "\n"), from: 0)
      return try restoreFirst(of: names.split(separator: "\n").map(String.init))
    case .never:
      let latest = try communicator.broadcast(checkpoints.latest() ?? "", from: 0)
      guard latest.isEmpty else {
        throw TrainingError(
          description:
            "\(latest): this run folder holds a training already; continue it with --resume auto, or "
            + "start anew in another --run-dir", isMetByAllRanks: true)
      }
      return Resumed()
    case .from(let checkpoint):
      return try CheckpointRescue.reading(checkpoint) {
        let (verdict, resumed) = try attempt(checkpoint)
        switch verdict {
        case .sound: return resumed
        case .failed(let problem):
          throw TrainingError(description: problem, isMetByAllRanks: true)
        case .unusable(let problem, _):
          throw CheckpointError(problem, isMetByAllRanks: true, isDamage: true)
        }
      }
    }
  }

  /// Takes up the first of `paths`, the newest first, that is sound on every rank. Collective.
  private func restoreFirst(of paths: [String]) throws -> Resumed {
    var problems: [String] = []
    var damaged: [String] = []
    for path in paths {
      var (verdict, resumed) = try attempt(path)
      switch verdict {
      case .sound:
        if !problems.isEmpty {
          resumed.notice =
            "\(problems.joined(separator: "; ")); the training goes on from the newest sound one, \(path)"
          if communicator.rank == 0 { try checkpoints.setAside(damaged, latest: resumed.step) }
        }
        return resumed
      case .failed(let problem):
        throw TrainingError(description: problem, isMetByAllRanks: true)
      case .unusable(let problem, let onAll):
        problems.append(problem)
        if onAll { damaged.append(path) }
      }
    }
    guard problems.isEmpty else {
      throw CheckpointError(
        "\(problems[0]); there is no sound checkpoint beside it: start anew in another --run-dir",
        isMetByAllRanks: true)
    }
    return Resumed()
  }

  /// Reads a checkpoint on every rank, and what they say of it together. Collective.
  private func attempt(_ path: String) throws -> (CheckpointAttempt.Verdict, Resumed) {
    var own: CheckpointAttempt
    var resumed = Resumed()
    do {
      let header = try restore(from: path)
      resumed = Resumed(step: header.step, path: path)
      own = CheckpointAttempt(header)
    } catch let error as any UserFacingError {
      own = CheckpointAttempt(error)
    }
    let all = try communicator.gather("\(own.json)").map { text in
      JSONValue(parsing: text).flatMap(CheckpointAttempt.init(json:)) ?? own
    }
    return (CheckpointAttempt.verdict(path, all), resumed)
  }

  /// Local.
  private func restore(from path: String) throws -> CheckpointHeader {
    let header = try CheckpointFile.readHeader(path)
    let difference = ConfigurationDifference(
      saved: try header.parsedConfiguration(of: path), wanted: configuration)
    guard difference.isEmpty else {
      throw TrainingError(
        description:
          "\(path): this checkpoint was made with other settings, which would not continue the same "
          + "training: \(difference); use the settings it was made with, or another --run-dir")
    }
    if let saved = header.dataDigest, let dataDigest, saved != dataDigest {
      throw TrainingError(
        description:
          "\(path): this checkpoint was made with other images (SHA-256 \(saved.prefix(16))...) than are in the data folder now "
          + "(\(dataDigest.prefix(16))...); give the data it was made with (--data-dir), or another --run-dir"
      )
    }
    try state.overwrite { tensors in
      try CheckpointFile.read(
        path, header: header, shardCount: configuration.shardCount, tensors: tensors)
      if let tensor = check.firstNotFinite(tensors) {
        throw CheckpointError(
          "\(path): \(tensor.name) has a number that is not finite, from which no training goes on; use another checkpoint",
          isDamage: true)
      }
    }
    bestAccuracy = header.bestAccuracy
    bestNLL = header.bestNLL
    return header
  }
}
