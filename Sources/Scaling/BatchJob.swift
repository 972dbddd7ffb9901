// A job of SLURM for one point of a study.

/// The sbatch file that times one point in an allocation of its own.
public struct BatchJob: Sendable {
  public let point: ScalePoint
  /// Cores of a node.
  let nodeCores: Int
  let folder: String
  /// hyperdist's words, the program first.
  let command: [String]
  /// Lines of `#SBATCH`.
  let directives: [String]

  public init(
    _ point: ScalePoint, nodeCores: Int, folder: String, command: [String], directives: [String]
  ) {
    (self.point, self.nodeCores, self.folder) = (point, nodeCores, folder)
    (self.command, self.directives) = (command, directives)
  }

  /// Ranks of a node, and nodes.
  var placement: (ranks: Int, nodes: Int) {
    let ranks = min(point.ranks, max(1, nodeCores / point.threads))
    return (ranks, (point.ranks + ranks - 1) / ranks)
  }

  public var path: String { "\(folder)/jobs/\(point.name).sbatch" }
  /// Where the job's own study goes.
  public var output: String { "\(folder)/jobs/\(point.name)" }

  public var text: String {
    let lines = [
      "#!/usr/bin/env bash",
      "# One point of a scaling study: \(point.ranks) ranks of \(point.threads) threads. Written by hyperdist scale --submit.",
      "#SBATCH --job-name=scale-\(point.name)", "#SBATCH --nodes=\(placement.nodes)",
      "#SBATCH --ntasks-per-node=\(placement.ranks)",
      "#SBATCH --cpus-per-task=\(point.threads)", "#SBATCH --exclusive",
      "#SBATCH --output=\(output)-%j.log",
    ]
    return (lines + directives.map { "#SBATCH \($0)" } + ["", "exec " + quoted(command)])
      .joined(separator: "\n") + "\n"
  }

  private func quoted(_ words: [String]) -> String {
    words.map { word in
      word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:+".contains($0) } && !word.isEmpty
        ? word
        : "'"
          + word.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }
}
