// A training as a job of SLURM.

import Configurations

/// The file that sbatch takes: a configuration on some nodes for some time.
struct TrainingJob {
  let name: String
  let nodes: Int
  let ranksPerNode: Int
  /// Cores of a node.
  let nodeCores: Int
  /// As sbatch takes it.
  let time: String
  let runDirectory: String?
  /// Of `hyperdist train`, without the run folder.
  let arguments: [String]

  private var threads: Int { nodeCores / ranksPerNode }

  /// Refuses ranks that would have nothing to do.
  func check(_ configuration: Configuration) throws {
    guard ranksPerNode <= nodeCores else {
      throw BadRequest(
        description: "--ranks-per-node \(ranksPerNode): more than the \(nodeCores) cores of a node")
    }
    let (ranks, shards) = (nodes * ranksPerNode, configuration.shardCount)
    let slices = configuration.baseline.method == .none ? configuration.distribution.slices : 1
    guard ranks <= shards * slices else {
      throw BadRequest(
        description:
          "\(nodes) nodes of \(ranksPerNode) ranks are more ranks than the \(shards) shards of this configuration's latents "
          + "(distribution.shards"
          + (slices > 1 ? ", \(slices) slices of images each by distribution.slices" : "")
          + "), and those beyond would only wait; take fewer nodes")
    }
  }

  var text: String {
    // SLURM warns a minute and more before it kills; a save takes seconds, and a step may.
    var lines = [
      "#!/usr/bin/env bash",
      "# \(nodes * ranksPerNode) ranks of \(threads) threads; written by hyperdist train --print-sbatch.",
      "#SBATCH --job-name=\(name)",
      "#SBATCH --nodes=\(nodes)",
      "#SBATCH --ntasks-per-node=\(ranksPerNode)",
      "#SBATCH --cpus-per-task=\(threads)",
      "#SBATCH --hint=nomultithread",
      "#SBATCH --time=\(time)",
      "#SBATCH --requeue",
      "#SBATCH --open-mode=append",
      "#SBATCH --output=\(name)-%j.log",
      "#SBATCH --signal=B:USR1@120",
      "",
    ]
    if ranksPerNode > 1 {
      // Each rank its own cores; alone on a node it has all of them without being bound.
      lines.append(
        "HYPERDIST_MPIRUN_FLAGS=${HYPERDIST_MPIRUN_FLAGS:---map-by ppr:\(ranksPerNode):node:PE=\(threads) --bind-to core}"
      )
    }
    if let runDirectory {
      lines.append(
        "HYPERDIST_RUN_DIR=${HYPERDIST_RUN_DIR:-\(ShellWord.quoted(runDirectory))}")
    }
    // A job behind another one of the same training is given all of them.
    lines.append(
      "[ -n \"${HYPERDIST_FOLLOWS:-}\" ] || set -- "
        + arguments.map(ShellWord.quoted).joined(separator: " ") + " \"$@\"")
    return lines.joined(separator: "\n") + "\n\n" + Self.script
  }
}
