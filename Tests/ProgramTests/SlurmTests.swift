// Trainings under a real SLURM of two nodes, which is started here.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SlurmTests {
  private static let folder = RepositoryFile("Tests/ProgramTests/Slurm").url.path

  /// Whether a cluster comes up; why not, otherwise.
  private static let obstacle: String? = {
    let run = try? RankLauncher.runShell(
      "\(folder)/with-slurm true", program: "hyperdist", [])
    guard let run, run.status == 0 else {
      return run?.errors.split(separator: "\n").last.map(String.init) ?? "bash does not start"
    }
    return nil
  }()

  /// A training of some ten seconds on two cores.
  private static let options = [
    "--preset", "quickstart", "--threads", "1", "--steps", "3000",
    "--set", "hypernetwork={latentSize: 4, extractorHidden: [8], generatorHidden: [[8], [8]]}",
    "--set",
    "target.layers=[convolution: {filters: 2, size: 5, stride: 2, padding: same}, relu, "
      + "maxPool: {size: 2, stride: 2}, fullyConnected: {outputs: 10}]",
    "--set", "training={latents: 8, imagesPerLatent: 64}", "--set", "validation.every=0",
    "--set", "metrics.every=50", "--set", "checkpoint.every=0",
  ]

  private static let undisturbed: Result<(digest: String, folder: TestFolder), any Error> = Result {
    let folder = TestFolder()
    try Program.succeed(["train", "--run-dir", "\(folder.path)/run"] + options)
    return (try Program.digest(of: "\(folder.path)/run"), folder)
  }

  /// What is done to the job, and how often it starts at least.
  @Test(
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"),
    arguments: [("wall-time", 2), ("requeue", 2), ("cancel", 2), ("drain", 2), ("srun", 1)])
  func disturbedJobsEndWithTheSameBits(scenario: String, starts: Int) throws {
    let folder = TestFolder()
    let directory = "\(folder.path)/run"
    let launch = RepositoryFile("Launch").url.path
    let run = try RankLauncher.runShell(
      "export HYPERDIST=$1; shift; cd \(folder.path); exec \(Self.folder)/with-slurm "
        + "\(Self.folder)/scenario \(scenario) \(launch) \(directory) \"$@\"",
      program: "hyperdist", Self.options)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    let count = run.lines.last { $0.hasPrefix("starts ") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    #expect(count >= starts, "\(run.output)")
    #expect(try Program.digest(of: directory) == Self.undisturbed.get().digest)
    #expect(try Program.metrics(of: directory).count == 61)
  }
}
