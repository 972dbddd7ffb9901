// When a training is saved, and how it takes up again.

import Checkpointing
import Collectives
import Configurations
import Host
import RunFiles
import TrainedModels

/// Saves and restores all training state. Collective where it says so.
final class CheckpointSaver {
  struct Resumed {
    var step = 0
    var path: String?
  }

  /// The best validation accuracy so far; nil where there is none.
  var bestAccuracy: Double?

  private let configuration: Configuration
  /// What is trained on, as JSON; nil of the toy.
  private let data: String?
  private let checkpoints: CheckpointFolder
  private let state: TrainingState
  private let communicator: Communicator
  private var lastSave = monotonicSeconds()
  /// The checkpoint saved last.
  private(set) var saved: (step: Int, path: String)?

  init(
    configuration: Configuration, data: String?, folder: RunFolder, state: TrainingState,
    communicator: Communicator
  ) {
    self.data = data
    self.configuration = configuration
    self.state = state
    self.communicator = communicator
    checkpoints = CheckpointFolder(
      directory: folder.checkpoints, keep: configuration.checkpoint.keep)
  }

  /// Whether `checkpoint.minutes` have passed since the last checkpoint. Local.
  var isOverdue: Bool {
    let minutes = configuration.checkpoint.minutes
    return minutes > 0 && monotonicSeconds() - lastSave > 60 * minutes
  }

  /// Whether this validation accuracy is the best so far; remembers it.
  func noteAccuracy(_ accuracy: Double?) -> Bool {
    guard let accuracy, accuracy > bestAccuracy ?? -1 else { return false }
    bestAccuracy = accuracy
    return true
  }

  /// Saves the state after step `step` and returns the file's path. Collective.
  func save(_ step: Int, isBest: Bool) throws -> String {
    let path = try state.read { tensors in
      let header = CheckpointHeader(
        step: step, seed: configuration.training.seed, configuration: configuration.yaml(),
        programVersion: ProgramVersion.current, stateDigest: digest(step, tensors),
        reduction: configuration.distribution.reduction.rawValue, bestAccuracy: bestAccuracy,
        data: data)
      return try checkpoints.save(
        header, tensors: tensors, communicator: communicator, isBest: isBest)
    }
    lastSave = monotonicSeconds()
    saved = (step, path)
    return path
  }

  private func digest(_ step: Int, _ tensors: [CheckpointTensor]) -> String {
    StateDigest.compute(
      step: step, seed: configuration.training.seed,
      shardCount: configuration.shardCount, tensors: tensors)
  }

  /// Overwrites the training state from a checkpoint, if there is one to take up. Collective.
  func restore(_ mode: ResumeMode) throws -> Resumed {
    let path: String?
    switch mode {
    case .auto:
      path = checkpoints.latest()
    case .never:
      if let latest = checkpoints.latest() {
        throw TrainingError(
          description:
            "\(latest): this run folder holds a training already; continue it with --resume auto, or "
            + "start anew in another --run-dir")
      }
      path = nil
    case .from(let checkpoint):
      path = checkpoint
    }
    // All ranks have looked before anyone writes.
    try communicator.barrier()
    guard let path else { return Resumed() }
    return try CheckpointRescue.reading(path) { try restore(from: path) }
  }

  private func restore(from path: String) throws -> Resumed {
    let header = try CheckpointFile.readHeader(path)
    let difference = ConfigurationDifference(
      saved: try header.parsedConfiguration(of: path), wanted: configuration)
    guard difference.isEmpty else {
      throw TrainingError(
        description:
          "\(path): this checkpoint was made with other settings, which would not continue the same "
          + "training: \(difference); use the settings it was made with, or another --run-dir")
    }
    try state.overwrite { tensors in
      try CheckpointFile.read(path, tensors: tensors)
      guard digest(header.step, tensors) == header.stateDigest else {
        throw CheckpointError(
          "\(path): the file's content does not match its state_digest: it is damaged; resume from "
            + "another checkpoint with --resume CHECKPOINT", isDamage: true)
      }
    }
    bestAccuracy = header.bestAccuracy
    return Resumed(step: header.step, path: path)
  }
}
