// What a rank tells the others of its cores, so that all agree on their threads.

/// The cores that one rank's process may use.
public struct RankCores: Sendable, Equatable {
  public var host: String
  /// Numbers of the cores in its affinity mask.
  public var cores: Set<Int>
  /// Cores of the whole machine.
  public var machineCores: Int
  /// `SLURM_CPUS_PER_TASK`, where SLURM set it.
  public var slurmCores: Int?
  /// `--threads`, where it was given.
  public var wantedThreads: Int?

  public init(
    host: String, cores: Set<Int>, machineCores: Int, slurmCores: Int? = nil,
    wantedThreads: Int? = nil
  ) {
    self.host = host
    self.cores = cores
    self.machineCores = machineCores
    self.slurmCores = slurmCores
    self.wantedThreads = wantedThreads
  }

  /// One line of text, to be sent to other ranks.
  public var text: String {
    let numbers = [machineCores, slurmCores ?? 0, wantedThreads ?? 0] + cores.sorted()
    return host + "\n" + numbers.map(String.init).joined(separator: " ")
  }

  public init(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let numbers = lines.last!.split(separator: " ").compactMap { Int($0) }
    self.init(
      host: String(lines[0]), cores: Set(numbers.dropFirst(3)), machineCores: numbers[0],
      slurmCores: numbers[1] > 0 ? numbers[1] : nil,
      wantedThreads: numbers[2] > 0 ? numbers[2] : nil)
  }
}
