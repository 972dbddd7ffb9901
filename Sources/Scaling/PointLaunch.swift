// How a point of a study is started.

import Glibc
import Host

/// mpirun's words for a point, alone or inside an allocation of SLURM.
public struct PointLaunch: Sendable {
  public let program: String
  /// Added to mpirun's.
  public let flags: [String]
  private let allocation: Allocation?

  /// What SLURM gave this job.
  struct Allocation: Sendable {
    let nodes: Int
    let cores: Int

    init?(_ variable: (String) -> String?) {
      guard variable("SLURM_JOB_ID") != nil else { return nil }
      nodes = (variable("SLURM_JOB_NUM_NODES") ?? variable("SLURM_NNODES")).flatMap { Int($0) } ?? 1
      let cores = variable("SLURM_JOB_CPUS_PER_NODE") ?? variable("SLURM_CPUS_ON_NODE")
      // Such as 64(x2).
      self.cores = cores.flatMap { Int($0.prefix { $0.isNumber }) } ?? 1
    }
  }

  public init(program: String, flags: [String]) {
    self.init(program: program, flags: flags) { name in
      getenv(name).map { String(cString: $0) }
    }
  }

  init(program: String, flags: [String], environment: (String) -> String?) {
    self.program = program
    self.flags = flags
    allocation = Allocation(environment)
  }

  /// How ranks are bound, for the table.
  public var binding: String { (["--bind-to none"] + flags).joined(separator: " ") }

  public func command(_ point: ScalePoint, _ arguments: [String]) -> [String] {
    var words = ["mpirun", "--oversubscribe", "--bind-to", "none"]
    if let allocation {
      let ranks = max(1, allocation.cores / point.threads)
      words +=
        point.ranks <= ranks * allocation.nodes
        ? ["--map-by", "ppr:\(ranks):node"] : ["--map-by", "node"]
    }
    return words + flags + ["-np", "\(point.ranks)", program] + arguments
  }

  /// The problem of a start that failed, from its exit status and what it wrote to standard error: the program's own line, or the last that says
  /// something.
  public static func problem(status: Int32, errors: String) -> String {
    let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
    let own = lines.first { $0.hasPrefix("hyperdist: ") }
    let last = lines.last { $0.contains(where: \.isLetter) }
    return own.map { String($0.dropFirst("hyperdist: ".count)) } ?? last
      ?? "ended with status \(status)"
  }
}
