// Trainings under a real SLURM of two nodes, which is started here.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SlurmTests {
  private static let folder = RepositoryFile("Tests/ProgramTests/Slurm").url.path

  /// Whether a cluster comes up; why not, otherwise.
  private static let obstacle = Scenario.obstacle("\(folder)/with-slurm")

  /// A training of some ten seconds on two cores.
  private static let options = Scenario.options(
    imagesPerLatent: 64, ["metrics.every=50", "checkpoint.every=0"])

  /// The state after so many steps of a training that nobody disturbs.
  private func undisturbed(_ steps: Int) throws -> String {
    let folder = TestFolder()
    try Program.succeed(
      ["train", "--run-dir", "\(folder.path)/run", "--steps", "\(steps)"] + Self.options)
    return try Program.digest(of: "\(folder.path)/run")
  }

  /// What is done to the job, and how often it starts at least.
  @Test(
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"),
    arguments: [
      ("wall-time", 2), ("requeue", 2), ("cancel", 2), ("drain", 2), ("dependent", 2), ("srun", 1),
    ])
  func disturbedJobsEndWithTheSameBits(scenario: String, starts: Int) throws {
    let steps = 3000
    let (folder, run) = try play(scenario, steps: steps)
    let directory = "\(folder.path)/run"
    let count = run.lines.last { $0.hasPrefix("starts ") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    #expect(count >= starts, "\(run.output)")
    #expect(try Program.digest(of: directory) == undisturbed(steps))
    #expect(try Program.metrics(of: directory).count == 1 + steps / 50)
  }

  @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func tasksOfAnArrayHaveSeedsOfTheirOwn() throws { _ = try play("array", steps: 20) }

  private func play(_ scenario: String, steps: Int) throws -> (folder: TestFolder, run: RankRun) {
    let folder = TestFolder()
    let launch = RepositoryFile("Launch").url.path
    let run = try RankLauncher.runShell(
      "export HYPERDIST=$1; shift; cd \(folder.path); exec \(Self.folder)/with-slurm "
        + "\(Self.folder)/scenario \(scenario) \(launch) \(folder.path)/run \"$@\"",
      program: "hyperdist", Self.options + ["--steps", "\(steps)"])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    return (folder, run)
  }
}
