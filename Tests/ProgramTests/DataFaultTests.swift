// Data files that change: between ranks, before a resume, and while a training runs.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct DataFaultTests {
  private let folder = TestFolder()
  private var directory: String { "\(folder.path)/run" }
  private var data: String { "\(folder.path)/data" }
  private var arguments: [String] {
    [
      "train", "--preset", "quickstart", "--threads", "1", "--set", "data.name=cifar10", "--set",
      "data.validationCount=100", "--set", "training.latents=8", "--set",
      "training.imagesPerLatent=2", "--set", "validation.every=0", "--set", "metrics.every=1",
      "--run-dir", directory, "--data-dir", data,
    ]
  }

  /// Files laid out as CIFAR-10's, all images black and of class 0.
  init() throws {
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      let path = "\(data)/\(name)"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      #expect(truncate(path, 10_000 * 3_073) == 0)
    }
  }

  /// Makes one pixel of one image another.
  private func change(_ file: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: "\(data)/\(file)"))
    try handle.seek(toOffset: 3_073 * 77 + 50)
    try handle.write(contentsOf: Data([9]))
    try handle.close()
  }

  private func lines(_ run: RankRun) -> [String] {
    run.errors.split(separator: "\n").map(String.init).filter { $0.contains("hyperdist: ") }
  }

  @Test(arguments: ["data_batch_2.bin", "test_batch.bin"])
  func otherImagesOnAResumeAreNoticed(file: String) throws {
    try Program.succeed(arguments + ["--steps", "2"])
    // The same images elsewhere are the same.
    let moved = "\(folder.path)/moved"
    try FileManager.default.moveItem(atPath: data, toPath: moved)
    try Program.succeed(Array(arguments.dropLast()) + [moved, "--steps", "3"])
    try FileManager.default.moveItem(atPath: moved, toPath: data)
    try change(file)
    let run = try Program.run(arguments + ["--steps", "4"], ranks: 2)
    #expect(run.status == 1 && lines(run).count == 1, "\(run.errors)")
    #expect(lines(run).first?.contains("made with other images") == true, "\(run.errors)")
    let evaluated = try Program.succeed([
      "evaluate", "\(directory)/checkpoints/latest", "--samples", "2", "--images", "10",
      "--data-dir", data, "--no-temperature",
    ])
    #expect(
      evaluated.errors.contains("warning: \(data): these are not the images"), "\(evaluated.errors)"
    )
  }

  @Test func otherImagesOnAnotherRankAreNoticed() throws {
    let other = "\(folder.path)/other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    _ = try RankLauncher.runShell(
      "cp --sparse=always \(data)/* \(other)", program: "hyperdist", [])
    try change("data_batch_5.bin")
    let differing = try RankLauncher.runShell(
      """
      mpirun --oversubscribe --timeout 60 -np 2 "$@" --data-dir \(data) \
        : -np 1 "$@" --data-dir \(other)
      """, program: "hyperdist", Array(arguments.dropLast(2)) + ["--steps", "2"])
    #expect(differing.status == 1 && lines(differing).count == 1, "\(differing.errors)")
    let line = lines(differing).first ?? ""
    #expect(
      line.contains("the data set cifar10 is not the same on all ranks: rank 2 has"), "\(line)")
    #expect(line.contains(other) && line.contains(data), "\(line)")
  }

  @Test(arguments: [1, 2]) func aFileThatIsCutShortInATrainingIsNamed(ranks: Int) throws {
    let run = try RankLauncher.runShell(
      """
      mpirun --oversubscribe --timeout 60 -np \(ranks) "$@" & child=$!
      for i in $(seq 300); do grep -qs '^3,' \(directory)/metrics.csv && break; sleep 0.1; done
      for i in 1 2 3 4 5; do truncate -s 100 \(data)/data_batch_$i.bin; done
      wait $child
      """, program: "hyperdist", arguments + ["--steps", "100000"])
    #expect(run.status == 1, "\(run.errors)")
    #expect(lines(run).count == 1, "\(run.errors)")
    let line = lines(run).first ?? ""
    #expect(line.contains("\(data)/data_batch_") && line.contains("was cut short"), "\(line)")
    #expect(!run.errors.contains("Signal: Bus error"), "\(run.errors)")
  }
}
