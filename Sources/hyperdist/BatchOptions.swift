// A training that is to become a job.

import ArgumentParser
import Configurations

struct BatchOptions: ParsableArguments {
  @Flag(help: "Print a batch file of SLURM for this training and end.")
  var printSbatch = false

  @Option(help: "With --print-sbatch: nodes of the job.")
  var nodes: Int?

  @Option(help: "With --print-sbatch: its time limit, such as 12:00:00 or 2-00:00:00.")
  var time: String?

  @Option(help: "With --print-sbatch: cores of a node.")
  var nodeCores: Int?

  @Option(
    help: "With --print-sbatch: ranks of a node, each with its part of the cores (default: 1).")
  var ranksPerNode: Int?

  func validate() throws {
    let numbers = [
      ("--nodes", nodes), ("--node-cores", nodeCores), ("--ranks-per-node", ranksPerNode),
    ]
    for (name, value) in numbers {
      try requireAtLeastOne(value, name)
      if value != nil && !printSbatch { throw ValidationError("\(name): with --print-sbatch only") }
    }
    guard printSbatch else {
      if time != nil { throw ValidationError("--time: with --print-sbatch only") }
      return
    }
    guard nodes != nil, nodeCores != nil, let time else {
      throw ValidationError("--print-sbatch: give --nodes, --node-cores and --time too")
    }
    guard time.wholeMatch(of: /(\d+-)?\d+(:\d\d){0,2}/) != nil else {
      throw ValidationError("--time '\(time)': not minutes, HH:MM:SS or DAYS-HH:MM:SS")
    }
  }

  /// The job of the training that this command line asks for.
  func job(_ name: String, _ configuration: Configuration, runDirectory: String?) throws
    -> TrainingJob
  {
    let job = TrainingJob(
      name: name, nodes: nodes ?? 1, ranksPerNode: ranksPerNode ?? 1, nodeCores: nodeCores ?? 1,
      time: time ?? "", runDirectory: runDirectory,
      arguments: Self.trainingArguments(of: CommandLine.arguments))
    try job.check(configuration)
    return job
  }

  /// What is left of a command line without this type's options and the run folder, which the batch file has elsewhere.
  private static func trainingArguments(of command: [String]) -> [String] {
    let valued = ["--nodes", "--time", "--node-cores", "--ranks-per-node", "--run-dir"]
    var rest = command.drop { $0 != "train" }.dropFirst()
    var kept: [String] = []
    while let word = rest.popFirst() {
      if valued.contains(word) {
        _ = rest.popFirst()
      } else if word != "--print-sbatch" && !valued.contains(where: { word.hasPrefix($0 + "=") }) {
        kept.append(word)
      }
    }
    return kept
  }
}
