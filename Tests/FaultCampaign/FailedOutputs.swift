// Every call by which other commands write fails once.

import Foundation

/// The report, sample files, figures of merit and probabilities.
final class FailedOutputs: Experiment {
  let name = "outputs"
  let fault =
    "ENOSPC at every changing call of report, sample, evaluate --json and --save-probabilities"

  private struct Command {
    let name: String
    /// Its output, in the trial's folder.
    let output: String
    let arguments: (_ run: TinyRun, _ output: String) -> [String]
    var calls: [String] = []
    /// What it writes when nothing happens to it.
    var whole = Data()

    /// Whether `content` is all of it, but for times and the run's own path.
    func isWhole(_ content: Data) -> Bool {
      switch output.split(separator: ".").last {
      case "html": content.suffix(20) == whole.suffix(20)
      case "json": (try? JSONSerialization.jsonObject(with: content)) != nil
      default: content == whole
      }
    }
  }

  private var commands = [
    Command(name: "report", output: "report.html") {
      ["report", $0.directory, "--output", $1]
    },
    Command(name: "sample", output: "networks.h5") {
      ["sample", "\($0.checkpoints)/latest", "--count", "3", "--output", $1]
    },
    Command(name: "sample", output: "networks.safetensors") {
      ["sample", "\($0.checkpoints)/latest", "--count", "3", "--output", $1]
    },
    Command(name: "evaluate --json", output: "result.json") {
      ["evaluate", "\($0.checkpoints)/latest", "--samples", "3", "--images", "64", "--json", $1]
    },
    Command(name: "evaluate --save-probabilities", output: "probabilities.h5") {
      [
        "evaluate", "\($0.checkpoints)/latest", "--samples", "3", "--images", "64",
        "--save-probabilities", $1,
      ]
    },
  ]

  private static let lostNothing = ": lost nothing"
  private static let harmless = [".locktest.", "unlink "]

  private func count(_ laboratory: Laboratory) throws {
    if commands.contains(where: { !$0.calls.isEmpty }) { return }
    let counting = Trial(self, number: -1, seed: 0)
    let run = try laboratory.prepare("\(counting.folder)/run", at: 20)
    for index in commands.indices {
      let folder = "\(counting.folder)/out-\(index)"
      let log = "\(counting.folder)/log-\(index)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let ended = try laboratory.run(
        commands[index].arguments(run, "\(folder)/\(commands[index].output)"), ranks: nil,
        environment: try laboratory.faults(["UNDER": folder, "LOG": log]))
      try require(ended.status == 0, "\(commands[index].name): \(ended.summary)")
      commands[index].whole = try Data(
        contentsOf: URL(filePath: "\(folder)/\(commands[index].output)"))
      commands[index].calls = try String(contentsOfFile: log, encoding: .utf8)
        .split(separator: "\n").map {
          $0.split(separator: " ", maxSplits: 1)[1].replacingOccurrences(of: folder, with: "")
        }
    }
  }

  func isIdle(_ outcome: String) -> Bool { outcome.hasSuffix(Self.lostNothing) }

  func trials(complete: Bool, _ laboratory: Laboratory) throws -> Int {
    try count(laboratory)
    return complete ? commands.reduce(0) { $0 + $1.calls.count } : 4
  }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let all = commands.flatMap { command in command.calls.indices.map { (command, $0) } }
    let (command, index) = trial.isComplete ? all[trial.number] : trial.pick(all)
    let run = try laboratory.prepare("\(trial.folder)/run", at: 20)
    let folder = "\(trial.folder)/out"
    let output = "\(folder)/\(command.output)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let earlier = Data("what was there before\n".utf8)
    let isReplacing = trial.chance(of: 2)
    if isReplacing { try earlier.write(to: URL(filePath: output)) }
    let call = command.calls[index]
    let ended = try laboratory.run(
      command.arguments(run, output), ranks: nil,
      environment: try laboratory.faults([
        "UNDER": folder, "AT": "\(index + 1)", "ERRNO": "\(ENOSPC)", "FOR_GOOD": "1",
      ]), limit: 60)
    let what = "\(command.name), disk full at\(isReplacing ? " replacing" : "") \(call)"
    if ended.status == 0 {
      try require(
        Self.harmless.contains { call.contains($0) }
          || !ended.complaints.isEmpty, "\(what): exit code 0 and no warning")
      return "\(command.name)\(Self.lostNothing)"
    }
    try require(
      ended.status == 1 && ended.complaints.contains { $0.contains(output) },
      "\(what): \(ended.summary)")
    let left = FileManager.default.contents(atPath: output)
    // The folder's own, behind the renaming: all of the file is there, and only that this will last is not known.
    if call.trimmingCharacters(in: .whitespaces) == "fsync" {
      try require(
        left.map(command.isWhole) == true,
        "\(what): \(command.output), which only its folder's fsync failed, has \(left?.count ?? 0) bytes"
      )
      try require(
        ended.complaints.contains { $0.contains("is written and in its place") },
        "\(what): does not say what is sure: \(ended.summary)")
      return "\(command.name): written, but the disk did not confirm its name"
    }
    try require(
      left == (isReplacing ? earlier : nil),
      "\(what): refused, but \(command.output) has \(left?.count ?? 0) bytes")
    return "\(command.name): refused with the path"
  }
}
