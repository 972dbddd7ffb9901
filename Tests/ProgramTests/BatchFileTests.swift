// The batch files of SLURM that the program writes.

import TestSupport
import Testing

@Suite struct BatchFileTests {
  private static let options = [
    "train", "--preset", "quickstart", "--set", "training.seed=7", "--print-sbatch",
  ]

  private func printed(_ options: [String]) throws -> String {
    try Program.succeed(Self.options + options).output
  }

  @Test func tasksThreadsAndTime() throws {
    let text = try printed([
      "--nodes", "4", "--node-cores", "64", "--time", "1-00:00:00", "--run-dir", "runs/a b",
    ])
    for line in [
      "#!/usr/bin/env bash", "#SBATCH --nodes=4", "#SBATCH --ntasks-per-node=1",
      "#SBATCH --cpus-per-task=64", "#SBATCH --time=1-00:00:00", "#SBATCH --open-mode=append",
      "#SBATCH --signal=B:USR1@120", "HYPERDIST_RUN_DIR=${HYPERDIST_RUN_DIR:-'runs/a b'}",
      "[ -n \"${HYPERDIST_FOLLOWS:-}\" ] || set -- --preset quickstart --set training.seed=7 \"$@\"",
    ] {
      #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)\n\(text)")
    }
    #expect(!text.contains("--print-sbatch \"") && !text.contains("PE="))
    let bound = try printed([
      "--nodes=2", "--node-cores=64", "--time=90", "--ranks-per-node=2",
    ])
    #expect(
      bound.contains("ppr:2:node:PE=32 --bind-to core") && bound.contains("--ntasks-per-node=2"))
    #expect(
      bound.contains("--cpus-per-task=32")
        && !bound.contains("HYPERDIST_RUN_DIR=${HYPERDIST_RUN_DIR:-"))
  }

  /// What both do stands in Launch/slurm/train.sbatch as the program has it.
  @Test func theScriptIsTheOneOfLaunch() throws {
    let text = try printed(["--nodes", "1", "--node-cores", "2", "--time", "10"])
    let file = try RepositoryFile("Launch/slurm/train.sbatch").text
    let script = try #require(file.firstRange(of: "\nset -euo pipefail\n"))
    #expect(text.hasSuffix(String(file[script.lowerBound...])))
  }

  @Test(arguments: [
    (["--nodes", "2"], "give --nodes, --node-cores and --time too"),
    (["--nodes", "9", "--node-cores", "4", "--time", "60"], "more ranks than the 8 shards"),
    (["--nodes", "1", "--node-cores", "4", "--time", "soon"], "not minutes"),
    (
      ["--nodes", "1", "--node-cores", "4", "--time", "60", "--ranks-per-node", "5"],
      "more than the 4 cores"
    ),
  ])
  func refusals(options: [String], expected: String) throws {
    let run = try Program.run(Self.options + options)
    #expect(run.status == 2 && run.errors.contains(expected), "\(run.errors)")
  }

  @Test func optionsOfJobsAlone() throws {
    let run = try Program.run(["train", "--nodes", "2"])
    #expect(run.status == 2 && run.errors.contains("with --print-sbatch only"), "\(run.errors)")
  }
}
