// What a training takes up from a checkpoint, and which configurations may.

import Checkpointing
import Collectives
import Configurations
import Files
import Foundation
import Host
import Numerics
import RunFiles
import TestSupport
import Testing

@testable import Training

@Suite(.serialized) struct CheckpointSaverTests {
  private let temporary = TestFolder()
  private var folder: String { temporary.path }
  private let values = SharedBuffer<Float>(count: 3)

  private func saver(_ run: String, _ overrides: [String] = []) throws -> CheckpointSaver {
    CheckpointSaver(
      configuration: try Configuration.preset("toy", overrides: overrides), data: nil,
      folder: RunFolder(directory: "\(folder)/\(run)"),
      state: TrainingState([CheckpointTensor(name: "a", shape: [3], values: values.view)]),
      dataDigest: nil, communicator: try Communicator.start(), pool: WorkerPool(threadCount: 2))
  }

  /// Taken up in a folder of its own too, whose metrics.csv knows nothing of it.
  @Test func theBestAccuracyIsTakenUp() throws {
    let first = try saver("first")
    #expect(try first.restore(.auto).step == 0)
    let path = try first.save(1, isBest: false)
    #expect(first.noteAccuracy(0.75) && !first.noteAccuracy(0.75) && !first.noteAccuracy(nil))
    let best = try first.save(2, isBest: true)

    let second = try saver("second")
    #expect(try second.restore(.from(checkpoint: best)).step == 2)
    #expect(second.bestAccuracy == 0.75)
    #expect(!second.noteAccuracy(0.5) && second.noteAccuracy(0.8))
    // Files of before there was the attribute say nothing.
    let third = try saver("third")
    #expect(try third.restore(.from(checkpoint: path)).step == 1)
    #expect(third.bestAccuracy == nil && third.noteAccuracy(0))
  }

  /// Of networks that predict numbers the likelihood, which may be any number.
  @Test func theBestLikelihoodIsTakenUp() throws {
    let first = try saver("first")
    #expect(first.noteNLL(3) && first.noteNLL(-1.5) && !first.noteNLL(-1.5) && !first.noteNLL(.nan))
    let second = try saver("second")
    let best = try first.save(2, isBest: true)
    #expect(try second.restore(.from(checkpoint: best)).step == 2)
    #expect(second.bestNLL == -1.5 && second.bestAccuracy == nil)
    #expect(!second.noteNLL(0) && second.noteNLL(-2))
  }

  @Test func onlyWhatIsComputedMustBeTheSame() throws {
    try saver("run").save(2, isBest: false)
    let free = [
      "training.steps=7", "training.maxSkippedSteps=3", "validation.every=2",
      "validation.samples=3", "validation.statisticsImages=5", "checkpoint.every=2",
      "checkpoint.minutes=3", "checkpoint.keep=4", "metrics.every=9",
      "distribution.exchange=sliced", "distribution.collectives=alltoall",
      "distribution.optimizer=replicated",
      "distribution.stallSeconds=11",
    ]
    for overrides in free.map({ [$0] }) {
      guard let saver = try? saver("run", overrides) else { continue }
      #expect(try saver.restore(.auto).step == 2, "\(overrides)")
    }
    let error = #expect(throws: TrainingError.self) {
      try saver("run", ["toy.normWeight=2", "training.seed=18446744073709551615"]).restore(.auto)
    }
    let text = try #require(error).description
    #expect(
      text.contains(
        "same training: training.seed: 1 -> 18446744073709551615, toy.normWeight: 0.05 -> 2; use the"
      ),
      "\(text)")
  }

  @Test func aTrainingIsNotBegunOverAnother() throws {
    #expect(try saver("run").restore(.never).step == 0)
    try saver("run").save(2, isBest: false)
    let error = #expect(throws: TrainingError.self) { try saver("run").restore(.never) }
    #expect(error?.description.contains("holds a training already") == true)
  }

  /// Nothing of it is written, and the checkpoint before stays the latest.
  @Test func whatIsNotFiniteIsNotSaved() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      let run = "\(value)"
      values.view.fill(1)
      let sound = try saver(run).save(2, isBest: false)
      values.view[1] = value
      let error = #expect(throws: TrainingError.self) { try saver(run).save(3, isBest: true) }
      #expect(
        error?.description.hasPrefix("after step 3 a has a number that is not finite, though")
          == true
      )
      #expect(throws: TrainingError.self) { try saver(run).requireSound(3) }
      let checkpoints = CheckpointFolder(directory: "\(folder)/\(run)/checkpoints", keep: 0)
      #expect(checkpoints.steps() == [2] && checkpoints.latest() == sound)
      #expect(try saver(run).restore(.auto).step == 2)
      #expect(values.view[1] == 1)
    }
  }

  /// Earlier versions saved such.
  @Test func whatIsNotFiniteIsNotTakenUp() throws {
    values.view.fill(1)
    let sound = try saver("run").save(2, isBest: false)
    values.view[2] = .nan
    let configuration = try Configuration.preset("toy")
    let tensors = [CheckpointTensor(name: "a", shape: [3], values: values.view)]
    let communicator = try Communicator.start()
    let header = CheckpointHeader(
      step: 3, seed: configuration.training.seed, configuration: configuration.yaml(),
      programVersion: ProgramVersion.current, stateDigest: "",
      reduction: configuration.distribution.reduction.rawValue)
    let bad = try CheckpointFolder(directory: "\(folder)/run/checkpoints", keep: 0).save(
      header, tensors: tensors,
      digests: StateDigester(
        step: 3, seed: configuration.training.seed, shardCount: configuration.shardCount,
        tensors: tensors, pool: nil, communicator: communicator),
      communicator: communicator)
    let resumed = try saver("run").restore(.auto)
    #expect(resumed.step == 2 && resumed.path == sound)
    #expect(resumed.notice?.contains("\(bad): a has a number that is not finite") == true)
    #expect(values.view[2] == 1)
  }

  @Test func damageIsSeen() throws {
    values.view.fill(5.25)
    let path = try saver("run").save(2, isBest: false)
    var bytes = try #require(try WholeFile.bytes(path))
    let number = withUnsafeBytes(of: Float(5.25)) { Array($0) }
    bytes[try #require(bytes.firstRange(of: number)).lowerBound] ^= 1
    try WholeFile.replace(path, with: bytes)
    #expect(throws: CheckpointError.self) { try saver("run").restore(.auto) }
  }
}
