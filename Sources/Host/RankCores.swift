// What a rank tells the others of its cores, so that all agree on their threads.

/// The cores that one rank's process may use.
public struct RankCores: Sendable, Equatable {
  public var host: String
  /// Numbers of the cores in its affinity mask.
  public var cores: Set<Int>
  /// Those that its launcher may use and could have left to it; empty where no launcher is known.
  public var launcherCores: Set<Int>
  /// Cores of the whole machine.
  public var machineCores: Int
  /// `SLURM_CPUS_PER_TASK`, where SLURM set it.
  public var slurmCores: Int?
  /// `--threads`, where it was given.
  public var wantedThreads: Int?

  public init(
    host: String, cores: Set<Int>, launcherCores: Set<Int> = [], machineCores: Int,
    slurmCores: Int? = nil, wantedThreads: Int? = nil
  ) {
    self.host = host
    self.cores = cores
    self.launcherCores = launcherCores
    self.machineCores = machineCores
    self.slurmCores = slurmCores
    self.wantedThreads = wantedThreads
  }

  /// Lines of text, to be sent to other ranks.
  public var text: String {
    ([host]
      + [
        [machineCores, slurmCores ?? 0, wantedThreads ?? 0], cores.sorted(), launcherCores.sorted(),
      ]
      .map { $0.map(String.init).joined(separator: " ") }).joined(separator: "\n")
  }

  public init(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let numbers = lines.suffix(3).map { $0.split(separator: " ").compactMap { Int($0) } }
    self.init(
      host: String(lines[0]), cores: Set(numbers[1]), launcherCores: Set(numbers[2]),
      machineCores: numbers[0][0], slurmCores: numbers[0][1] > 0 ? numbers[0][1] : nil,
      wantedThreads: numbers[0][2] > 0 ? numbers[0][2] : nil)
  }

  /// Whether the number of its threads ends at the cores it was bound to, and not at what was asked for.
  var isLimitedByCores: Bool {
    wantedThreads == nil && (slurmCores.map { $0 > cores.count } ?? true)
  }
}
