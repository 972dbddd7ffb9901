// Knowing of one's fellow ranks before MPI has started.

import Glibc

/// One of several processes of this program that a launcher says it started, as the environment tells.
public struct LaunchedRank: Sendable, Equatable {
  public enum Launcher: Sendable {
    case mpirun, pmi, slurm
  }

  public let launcher: Launcher
  public let rank: Int
  /// At least 2.
  public let count: Int
  /// Whether this process surely is what the variables say. Those of SLURM are inherited by shells and stay behind in them.
  public let isCertain: Bool

  /// Whether this process prints what all of them would print.
  public var speaks: Bool { rank == 0 || !isCertain }

  /// What started this process; nil where it is alone.
  public static let current = LaunchedRank(
    environment: { getenv($0).map { String(cString: $0) } }, isAncestor: isAncestor)

  /// `isAncestor` tells of a process whether it is this one or one it comes from.
  package init?(environment: (String) -> String?, isAncestor: (Int32) -> Bool) {
    func number(_ name: String) -> Int? { environment(name).flatMap { Int($0) } }
    func make(_ launcher: Launcher, _ rank: Int?, _ count: Int?, isCertain: Bool) -> LaunchedRank? {
      guard let rank, let count, count > 1, (0..<count).contains(rank) else { return nil }
      return LaunchedRank(launcher, rank, count, isCertain)
    }
    let found: LaunchedRank?
    if environment("PMIX_NAMESPACE") != nil, let count = number("OMPI_COMM_WORLD_SIZE") {
      found = make(.mpirun, number("OMPI_COMM_WORLD_RANK"), count, isCertain: true)
    } else if environment("PMI_FD") != nil || environment("PMI_PORT") != nil,
      let count = number("PMI_SIZE")
    {
      found = make(.pmi, number("PMI_RANK"), count, isCertain: true)
    } else {
      // The script of a batch job is no task, although it has a number.
      let isScript = environment("ENVIRONMENT") == "BATCH"
      let count = number("SLURM_STEP_NUM_TASKS") ?? (isScript ? nil : number("SLURM_NTASKS"))
      let task = number("SLURM_TASK_PID").flatMap { Int32(exactly: $0) }
      found = make(
        .slurm, number("SLURM_PROCID"), count, isCertain: task.map(isAncestor) ?? false)
    }
    guard let found else { return nil }
    self = found
  }

  private init(_ launcher: Launcher, _ rank: Int, _ count: Int, _ isCertain: Bool) {
    (self.launcher, self.rank, self.count, self.isCertain) = (launcher, rank, count, isCertain)
  }

  /// Why this process and its fellows cannot work together, where MPI knows of it alone.
  public var loneliness: String {
    switch launcher {
    case .slurm:
      "SLURM started \(count) tasks of this program, of which this is number \(rank), but MPI knows of 1 rank: srun "
        + "and the MPI library have no PMI in common; take mpirun inside the allocation, or srun --mpi=pmix or --mpi=pmi2 "
        + "where `srun --mpi=list` names it and the library was built with it; for one process alone, srun --ntasks=1 "
        + "(in a shell where they were left over, unset SLURM_PROCID SLURM_NTASKS)"
    case .mpirun, .pmi:
      "\(count) processes of this program were started, of which this is number \(rank), but MPI knows of 1 rank: the "
        + "launcher belongs to another MPI library than the program's; take the mpirun of that library (hyperdist doctor)"
    }
  }

  private static func isAncestor(_ process: Int32) -> Bool {
    var current = getpid()
    while current > 1 {
      if current == process { return true }
      guard let parent = parent(of: current) else { return false }
      current = parent
    }
    return false
  }

  private static func parent(of process: Int32) -> Int32? {
    let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return nil }
    // Number, name in parentheses, state, parent.
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 1 ? Int32(fields[1]) : nil
  }
}
