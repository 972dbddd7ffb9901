// What users give in a checkpoint's place: one line says what it is and what to give.

import Checkpointing
import Collectives
import Files
import Foundation
import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct ForeignFileTests {
  private let folder = TestFolder()
  private var path: String { folder.path }

  private func refusal(_ path: String) -> String {
    let error = #expect(throws: (any Error).self) { _ = try CheckpointFile.readHeader(path) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.hasPrefix(path) && !text.contains("\n") && !text.contains("HDF5:"), "\(text)")
    return text
  }

  private func writeCheckpoint(_ path: String) throws {
    let values = SharedBuffer<Float>(count: 1)
    try CheckpointFile.write(
      path,
      header: CheckpointHeader(
        step: 1, seed: 1, configuration: "", programVersion: "1", stateDigest: ""),
      tensors: [CheckpointTensor(name: "a", shape: [1], values: values.view)],
      communicator: Communicator.start())
  }

  @Test func foldersNameTheirLatestCheckpoint() throws {
    #expect(
      refusal(path)
        == "\(path) is not a checkpoint: it is a folder; give a file, such as RUN_DIR/checkpoints/latest"
    )
    try Folder.make("\(path)/checkpoints")
    try writeCheckpoint("\(path)/checkpoints/step-00000003.h5")
    let latest = "\(path)/checkpoints/step-00000003.h5"
    for name in [path, "\(path)/checkpoints"] {
      #expect(
        refusal(name)
          == "\(name) is not a checkpoint: it is a folder; the latest checkpoint in it is \(latest)"
      )
    }
  }

  @Test func pipesAndDevicesAreNotWaitedFor() throws {
    mkfifo("\(path)/pipe", 0o600)
    #expect(refusal("\(path)/pipe").contains("it is a pipe; give a file"))
    #expect(refusal("/dev/null").contains("it is a device; give a file"))
  }

  @Test func ownFilesAreNamed() throws {
    let communicator = try Communicator.start()
    let numbers = SharedBuffer<Float>(count: 4)
    let samples = WeightSamples(
      count: 1, latentSize: 2, latents: numbers.view.slice(0, 2),
      weights: numbers.view.slice(2, 2), weightCount: 2, statistics: numbers.view.slice(0, 0),
      blocks: [
        SampleBlock(name: "layer1", filterCount: 1, kernelShape: [1], offset: 0, filterSize: 2)
      ])
    try SampleFile.writeSafetensors("\(path)/s.safetensors", samples, communicator: communicator)
    try SampleFile.writeHDF5("\(path)/s.h5", samples, communicator: communicator)
    try ProbabilityFile.write(
      "\(path)/p.h5",
      [
        PredictionTensors(
          group: "", networkCount: 1, classCount: 2, ownProbabilities: nil,
          meanProbabilities: [0.5, 0.5], labels: [1])
      ], temperature: nil, communicator: communicator)
    for name in ["config.yaml", "metrics.csv", "log.jsonl", "events.out.tfevents.1.node"] {
      try WholeFile.replace("\(path)/\(name)", with: "text\n")
    }
    for (name, said) in [
      ("s.safetensors", "it holds generated networks (safetensors); give the checkpoint they"),
      ("s.h5", "it holds generated networks; give the checkpoint they were made from"),
      ("p.h5", "it holds probabilities that networks gave; give the checkpoint of these networks"),
      (
        "config.yaml",
        "it is a configuration; give a checkpoint, such as RUN_DIR/checkpoints/latest"
      ),
      ("metrics.csv", "it is a table; give a checkpoint"),
      ("log.jsonl", "it is a log of events; give a checkpoint"),
      ("events.out.tfevents.1.node", "it is a file of events for TensorBoard; give a checkpoint"),
    ] {
      let text = refusal("\(path)/\(name)")
      #expect(text.hasPrefix("\(path)/\(name) is not a checkpoint: \(said)"), "\(text)")
    }
  }

  @Test func linksToNothingSayWhere() throws {
    try SymbolicLink.replace("\(path)/latest", target: "step-00000009.h5")
    #expect(
      refusal("\(path)/latest")
        == "\(path)/latest points to step-00000009.h5, which is not there; use another checkpoint")
  }
}
