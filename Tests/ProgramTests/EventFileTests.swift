// The event files of a run, read back by others' programs.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct EventFileTests {
  private func eventFile(_ directory: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter {
      $0.hasPrefix("events.out.tfevents.")
    }
    try #require(names.count == 1, "\(names)")
    return "\(directory)/\(names[0])"
  }

  /// Runs a script of the folder Python.
  private func python(_ interpreter: String, _ script: String, _ arguments: String...) throws
    -> RankRun
  {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Python/\(script)").path
    return try RankLauncher.runShell(
      #"shift; "$@""#, program: "hyperdist", [interpreter, path] + arguments)
  }

  /// A run of two sessions, the second of which makes steps again that the first had logged behind its
  /// last checkpoint, and of a file that a crash cut off.
  private func makeRun(_ directory: String) throws {
    func train(_ steps: Int, ranks: Int) throws {
      try Program.succeed(
        [
          "train", "--preset", "quickstart", "--set", "training.latents=16", "--set",
          "training.imagesPerLatent=2", "--steps", "\(steps)", "--run-dir", directory, "--set",
          "validation.every=4", "--set", "validation.samples=8", "--set", "metrics.every=1",
          "--set", "checkpoint.every=0",
        ], ranks: ranks)
    }
    try train(4, ranks: 2)
    try train(7, ranks: 1)
    // As if the run had been killed after step 7, its last checkpoint being that of step 4.
    try FileManager.default.removeItem(atPath: "\(directory)/checkpoints/step-00000007.h5")
    try FileManager.default.removeItem(atPath: "\(directory)/checkpoints/latest")
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: try eventFile(directory)))
    try file.seekToEnd()
    try file.write(contentsOf: Data([40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]))
    try file.close()
    try train(8, ranks: 3)
  }

  @Test func eventsAreThoseOfTheMetrics() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    try makeRun(directory)
    let read = try python("python3", "read_events.py", try eventFile(directory))
    #expect(read.status == 0, "\(read.errors)")
    #expect(read.lines.first == "version brain.Event:2")
    var found: [String: [Int: Double]] = [:]
    var histograms: [Int] = []
    for line in read.lines.dropFirst() {
      let parts = line.split(separator: " ")
      let step = try #require(Int(parts[0]))
      if parts.count == 4 {
        #expect(parts[1] == "validation_accuracies" && parts[2] == "8.0")
        histograms.append(step)
        continue
      }
      #expect(found[String(parts[1])]?[step] == nil, "twice: \(line)")
      found[String(parts[1]), default: [:]][step] = Double(parts[2])
    }
    #expect(histograms == [4, 7, 8] || histograms == [4, 8], "\(histograms)")
    let rows = try contents(of: "\(directory)/metrics.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(rows.count == 9)
    for (place, column) in rows[0].enumerated() where column != "step" && column != "reduction" {
      let expected = rows.dropFirst().filter { !$0[place].isEmpty }
      #expect(found[column]?.count ?? 0 == expected.count, "\(column)")
      for row in expected {
        let value = try #require(Double(row[place]))
        let read = try #require(found[column]?[Int(row[0])!], "\(column) at \(row[0])")
        #expect(abs(read - value) <= 1e-6 * abs(value), "\(column) at \(row[0])")
      }
    }
    #expect(found["loss"]?.count == 8)
    #expect(found["validation_mean_accuracy"]?[8] != nil)
  }

  private static let tensorboard: String? = [
    ProcessInfo.processInfo.environment["HYPERDIST_PYTHON"] ?? "python3", "python3",
  ].first {
    (try? RankLauncher.runShell(
      #""$2" -c "import tensorboard""#, program: "hyperdist", [$0, $0]))?.status == 0
  }

  /// TensorBoard itself, where it is installed.
  @Test(.enabled(if: tensorboard != nil)) func tensorBoardReadsThem() throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    try makeRun(directory)
    let read = try python(
      try #require(Self.tensorboard), "read_with_tensorboard.py", directory)
    #expect(read.status == 0, "\(read.errors)")
    #expect(read.lines.first == "[1, 2, 3, 4, 5, 6, 7, 8]")
    #expect(read.lines.last == "8 8.0 8.0")
  }
}
