// Checkpoints that are damaged, foreign or not the same to all ranks: never loaded in silence, one decision for all.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct CheckpointFaultTests {
  private static let quick = [
    "train", "--preset", "quickstart", "--threads", "1", "--set", "training.latents=8", "--set",
    "training.imagesPerLatent=2", "--set", "validation.every=0", "--set", "checkpoint.every=2",
    "--set", "metrics.every=1",
  ]

  private let folder = TestFolder()
  private var directory: String { "\(folder.path)/run" }
  private func checkpoint(_ step: Int) -> String {
    "\(directory)/checkpoints/step-0000000\(step).h5"
  }

  private func train(_ steps: Int, ranks: Int? = nil, _ arguments: [String] = []) throws -> RankRun
  {
    try Program.run(
      Self.quick + ["--steps", "\(steps)", "--run-dir", directory] + arguments, ranks: ranks)
  }

  private func flip(_ path: String, at part: Double) throws {
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[Int(part * Double(bytes.count))] ^= 0x10
    try bytes.write(to: URL(filePath: path))
  }

  private func lines(_ run: RankRun) -> [String] {
    run.errors.split(separator: "\n").map(String.init).filter { $0.contains("hyperdist: ") }
  }

  /// Three checkpoints, the newest two damaged: all ranks go on from the third, and end where an undisturbed run ends.
  @Test(arguments: [1, 3]) func damagedOnesArePassedOver(ranks: Int) throws {
    #expect(try train(6).status == 0)
    try flip(checkpoint(6), at: 0.5)
    let half = try Data(contentsOf: URL(filePath: checkpoint(4)))
    try half.prefix(half.count / 2).write(to: URL(filePath: checkpoint(4)))
    let run = try train(8, ranks: ranks)
    #expect(run.status == 0, "\(run.errors)")
    let warnings = run.errors.split(separator: "\n").filter { $0.contains("newest sound one") }
    #expect(warnings.count == 1, "\(run.errors)")
    let warning = String(warnings.first ?? "")
    for name in ["step-00000006.h5", "step-00000004.h5", "goes on from the newest sound one"] {
      #expect(warning.contains(name), "\(warning)")
    }
    #expect(warning.hasSuffix("step-00000002.h5"), "\(warning)")
    #expect(try contents(of: "\(directory)/log.jsonl").contains("newest sound one"))
    #expect(
      folder.names(in: "run/checkpoints").filter { $0.hasSuffix(".damaged") } == [
        "step-00000004.h5.damaged", "step-00000006.h5.damaged",
      ])
    let reference = "\(folder.path)/reference"
    try Program.succeed(Self.quick + ["--steps", "8", "--run-dir", reference])
    #expect(try Program.digest(of: directory) == Program.digest(of: reference))
    #expect(try Program.metrics(of: directory) == Program.metrics(of: reference))
  }

  @Test func withoutASoundOneNothingBegins() throws {
    #expect(try train(4).status == 0)
    for step in [2, 4] { try flip(checkpoint(step), at: 0.5) }
    let before = folder.names(in: "run/checkpoints")
    let metrics = try contents(of: "\(directory)/metrics.csv")
    let run = try train(6, ranks: 2)
    #expect(run.status == 1 && lines(run).count == 1, "\(run.errors)")
    #expect(lines(run).first?.contains("there is no sound checkpoint") == true, "\(run.errors)")
    #expect(folder.names(in: "run/checkpoints") == before)
    #expect(try contents(of: "\(directory)/metrics.csv") == metrics)
  }

  /// One that is asked for by name is not replaced by another.
  @Test func aDamagedOneThatIsNamedIsRefused() throws {
    #expect(try train(4).status == 0)
    try flip(checkpoint(4), at: 0.5)
    let run = try train(6, ranks: 2, ["--resume", checkpoint(4)])
    #expect(run.status == 1 && lines(run).count == 1, "\(run.errors)")
    #expect(
      lines(run).first?.contains("the newest sound one there is \(checkpoint(2))") == true,
      "\(run.errors)")
  }

  /// Moments, which only a training needs, and a setting that would be another one.
  @Test func everyCommandLooksAtTheDigest() throws {
    #expect(try train(2, ["--set", "training.averageDecay=0.9"]).status == 0)
    let whole = try Data(contentsOf: URL(filePath: checkpoint(2)))
    let script =
      "import h5py, sys\n" + """
        print(h5py.File(sys.argv[1])['optimizer/v/extractor/layer1/weight'].id.get_offset())
        """
    let place = try #require(
      Int(
        try Python.output(of: script, [checkpoint(2)]).trimmingCharacters(
          in: .whitespacesAndNewlines)))
    let text = try #require(whole.range(of: Data("lambda: 1000".utf8))?.lowerBound)
    for (offset, digest) in [
      (place + 5, "optimizer/v/extractor/layer1/weight"), (text + 8, "header_digest"),
    ] {
      var damaged = whole
      damaged[offset] ^= 1
      let path = "\(folder.path)/damaged.h5"
      try damaged.write(to: URL(filePath: path))
      for arguments in [
        ["evaluate", path, "--samples", "2", "--images", "10"],
        ["sample", path, "--count", "2", "--output", "\(folder.path)/x.h5"],
        ["distill", path, "--samples", "2", "--images", "9", "--output", "\(folder.path)/x.h5"],
        [
          "analyze", "accuracy", path, "--samples", "2", "--images", "9", "--output",
          "\(folder.path)/x",
        ],
        ["compare", path, checkpoint(2), "--output", "\(folder.path)/x"],
        ["inspect", path], ["inspect", path, "--networks", "2", "--images", "9"],
      ] {
        let run = try Program.run(arguments, ranks: 2)
        #expect(run.status == 1, "\(arguments): \(run.errors)")
        #expect(lines(run).count == 1, "\(arguments): \(run.errors)")
        let line = lines(run).first ?? ""
        #expect(line.contains("damaged") && line.contains(path), "\(line)")
        if arguments[0] != "inspect" { #expect(line.contains(digest), "\(line)") }
      }
    }
    #expect(folder.names() == ["damaged.h5", "run"])
  }

  // MARK: Ranks that do not read the same

  private static let canUnshare: Bool = {
    let run = try? RankLauncher.runShell(
      "unshare -m true && \"$@\"", program: "hyperdist", ["--version"])
    return run?.status == 0
  }()

  /// Runs a command on four ranks, of which one sees `file` as another one.
  private func runShowing(
    _ other: String, inPlaceOf file: String, to rank: Int, _ arguments: [String]
  )
    throws -> RankRun
  {
    let script = folder.write(
      """
      #!/bin/bash
      [ "$OMPI_COMM_WORLD_RANK" = \(rank) ] || exec "$@"
      exec unshare -m bash -c 'mount --bind \(other) \(file) && exec "$@"' bash "$@"
      """, to: "show.sh")
    return try RankLauncher.runShell(
      "mpirun --oversubscribe --timeout 90 -np 4 bash \(script) \"$@\"", program: "hyperdist",
      arguments)
  }

  @Test(.enabled(if: canUnshare), arguments: 0..<4)
  func ranksThatReadAnotherCheckpointGoBackTogether(rank: Int) throws {
    #expect(try train(4).status == 0)
    let other = "\(folder.path)/other.h5"
    // A sound one, or a damaged one.
    try FileManager.default.copyItem(atPath: checkpoint(rank % 2 == 0 ? 2 : 4), toPath: other)
    if rank % 2 == 1 { try flip(other, at: 0.5) }
    let run = try runShowing(
      other, inPlaceOf: checkpoint(4), to: rank,
      // What is mounted cannot be replaced: the only save is another file.
      Self.quick + ["--steps", "6", "--run-dir", directory, "--set", "checkpoint.every=0"])
    #expect(run.status == 0, "\(run.errors)")
    let warnings = run.errors.split(separator: "\n").filter { $0.contains("newest sound one") }
    #expect(warnings.count == 1 && warnings[0].contains("rank"), "\(run.errors)")
    #expect(warnings.first?.hasSuffix("step-00000002.h5") == true, "\(run.errors)")
    let reference = "\(folder.path)/reference"
    try Program.succeed(Self.quick + ["--steps", "6", "--run-dir", reference])
    #expect(try Program.digest(of: directory) == Program.digest(of: reference))
  }

  @Test(.enabled(if: canUnshare)) func ranksThatReadAnotherCheckpointAreNamed() throws {
    #expect(try train(4).status == 0)
    let run = try runShowing(
      checkpoint(2), inPlaceOf: checkpoint(4), to: 3,
      ["evaluate", checkpoint(4), "--samples", "2", "--images", "9", "--threads", "1"])
    #expect(run.status == 1 && lines(run).count == 1, "\(run.errors)")
    let line = lines(run).first ?? ""
    #expect(line.contains("rank 3 has step 2") && line.contains("rank 0 step 4"), "\(line)")
  }

  // MARK: What a checkpoint tells

  /// No path, host or user, which are nobody's business but the run folder's.
  @Test func checkpointsAndSampleFilesTellNothingOfTheMachine() throws {
    #expect(try train(2, ranks: 2).status == 0)
    let samples = "\(folder.path)/samples"
    for name in ["\(samples).h5", "\(samples).safetensors"] {
      try Program.succeed(
        ["sample", checkpoint(2), "--count", "2", "--output", name], ranks: 2)
    }
    let secrets = [
      folder.path, ProcessInfo.processInfo.hostName, FileManager.default.currentDirectoryPath,
      NSHomeDirectory() + "/", "/tmp/",
    ]
    for path in [checkpoint(2), "\(samples).h5", "\(samples).safetensors"] {
      let bytes = try Data(contentsOf: URL(filePath: path))
      for secret in secrets where secret.utf8.count > 3 {
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(path) has \(secret)")
      }
    }
  }
}
