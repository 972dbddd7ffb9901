// What files of networks must not tell of the machine they were made on.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct PrivacyTests {
  private static let canUnshare: Bool = {
    let run = try? RankLauncher.runShell(
      "unshare --uts true && \"$@\"", program: "hyperdist", ["--version"])
    return run?.status == 0
  }()

  /// Words that nothing else holds.
  private static let (host, user) = ("hostof4711", "userof4711")
  private let folder = TestFolder()

  /// Runs it on a host and as a user of these names, in a folder whose name holds a third.
  private func succeed(_ arguments: [String]) throws {
    let run = try RankLauncher.runShell(
      "export USER=\(Self.user) LOGNAME=\(Self.user) HOME=\(folder.path)/\(Self.user); mkdir -p $HOME; "
        + "exec unshare --uts sh -c 'hostname \(Self.host); exec \"$@\"' sh \"$@\"",
      program: "hyperdist", arguments)
    #expect(run.status == 0, "\(arguments): \(run.errors)")
  }

  @Test(.enabled(if: canUnshare, "hosts' names cannot be changed here"))
  func noFileOfNetworksNamesPathHostOrUser() throws {
    let place = "\(folder.path)/placeof4711"
    let run = "\(place)/run"
    try succeed([
      "train", "--preset", "quickstart", "--threads", "1", "--run-dir", run, "--steps", "2",
      "--data-dir", place,
      "--set", "hypernetwork={latentSize: 2, extractorHidden: [3], generatorHidden: [[2]]}",
      "--set", "target.layers=[fullyConnected: {outputs: 10}]",
      "--set", "training={latents: 8, imagesPerLatent: 1}", "--set", "validation.every=0",
    ])
    let checkpoint = "\(run)/checkpoints/latest"
    for name in ["networks.h5", "networks.safetensors"] {
      try succeed(["sample", checkpoint, "--count", "2", "--output", "\(place)/\(name)"])
    }
    try succeed([
      "evaluate", checkpoint, "--samples", "2", "--images", "9", "--save-probabilities",
      "\(place)/probabilities.h5",
    ])
    try succeed(["export", checkpoint, "--networks", "2", "--output", "\(place)/networks.onnx"])
    // The search finds what is there: the run's own log may tell.
    let log = try Data(contentsOf: URL(filePath: "\(run)/log.jsonl"))
    #expect(log.range(of: Data(Self.host.utf8)) != nil)
    let words = [
      Self.host, Self.user, "placeof4711", folder.path, FileManager.default.currentDirectoryPath,
    ]
    for path in [
      checkpoint, "\(place)/networks.h5", "\(place)/networks.safetensors",
      "\(place)/probabilities.h5", "\(place)/networks.onnx",
    ] {
      let bytes = try Data(contentsOf: URL(filePath: path))
      for word in words {
        #expect(bytes.range(of: Data(word.utf8)) == nil, "\(path) holds \(word)")
      }
    }
  }
}
