// A damaged checkpoint's error names the newest sound one of the same run.

import Checkpointing
import Collectives
import Configurations
import Files
import Foundation
import Numerics
import TestSupport
import Testing
import ToyProblem

@testable import TrainedModels

@Suite(.serialized) struct CheckpointRescueTests {
  private let temporary = TestFolder()
  private var folder: String { temporary.path }
  private let configuration: Configuration

  init() throws { configuration = try Configuration.preset("toy", overrides: []) }

  /// Checkpoints of steps 1 to 4 of the toy problem; returns their folder.
  private func makeRun() throws -> CheckpointFolder {
    let checkpoints = CheckpointFolder(directory: folder, keep: 0)
    let curve = ToyCurve(hidden: configuration.toy.hidden)
    let values = SharedBuffer<Float>(count: curve.layout.count)
    let tensors = ModelTensors.of(curve, values.view)
    for step in 1...4 {
      values.view[0] = Float(step)
      let header = CheckpointHeader(
        step: step, seed: 1, configuration: configuration.yaml(), programVersion: "1",
        stateDigest: "")
      let communicator = try Communicator.start()
      try checkpoints.save(
        header, tensors: tensors,
        digests: StateDigester(
          step: step, seed: 1, shardCount: configuration.distribution.shards, tensors: tensors,
          pool: nil, communicator: communicator), communicator: communicator)
    }
    return checkpoints
  }

  private func cut(_ path: String) throws {
    let bytes = try #require(try WholeFile.bytes(path))
    try WholeFile.replace(path, with: Array(bytes[..<(bytes.count / 2)]))
  }

  @Test func theNewestSoundOneIsNamed() throws {
    let checkpoints = try makeRun()
    let latest = "\(folder)/latest"
    #expect(try TrainedToy(checkpoint: latest).header.step == 4)
    try cut(checkpoints.path(step: 4))
    // The third has one flipped bit in its numbers: its header and shapes are right.
    var bytes = try #require(try WholeFile.bytes(checkpoints.path(step: 3)))
    let three: [UInt8] = [0, 0, 0x40, 0x40]
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: three) })
    bytes[place] = 1
    try WholeFile.replace(checkpoints.path(step: 3), with: bytes)
    let damage = #expect(throws: CheckpointError.self) {
      try CheckpointSummary(checkpoint: checkpoints.path(step: 3))
    }
    #expect(try #require(damage).description.contains("is not what was saved"))
    let error = #expect(throws: CheckpointError.self) { try TrainedToy(checkpoint: latest) }
    let text = try #require(error).description
    #expect(
      text.hasPrefix("\(latest) is damaged: ")
        && text.hasSuffix("the newest sound one there is \(checkpoints.path(step: 2))"), "\(text)")

    try WholeFile.replace(checkpoints.path(step: 4), with: "")
    let empty = #expect(throws: CheckpointError.self) { try TrainedToy(checkpoint: latest) }
    #expect(empty?.description.contains("it is empty") == true)
    #expect(empty?.description.hasSuffix(checkpoints.path(step: 2)) == true)

    try FileManager.default.removeItem(atPath: checkpoints.path(step: 4))
    let missing = #expect(throws: CheckpointError.self) { try TrainedToy(checkpoint: latest) }
    #expect(missing?.description.contains("points to step-00000004.h5, which is not there") == true)
    #expect(missing?.description.hasSuffix(checkpoints.path(step: 2)) == true)
  }

  @Test func whereNoneIsSoundNoneIsNamed() throws {
    let checkpoints = try makeRun()
    for step in 1...4 { try cut(checkpoints.path(step: step)) }
    let error = #expect(throws: CheckpointError.self) {
      try TrainedToy(checkpoint: "\(folder)/latest")
    }
    #expect(error?.description.contains("the newest sound one") == false)
  }
}
