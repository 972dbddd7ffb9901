// How many threads each rank runs, and whether its machine has the cores for them.

/// The threads of all ranks of a run.
public struct Placement: Sendable {
  public struct Rank: Sendable, Equatable {
    public var host: String
    public var threads: Int
    /// Where the number of threads comes from.
    public var source: String
    /// The core of each thread, where a host's threads have all of its cores to themselves; else empty.
    public var cores: [Int] = []
    /// Whether its host has a core for every thread.
    public var haveCores = false

    init(host: String, threads: Int, source: String) {
      (self.host, self.threads, self.source) = (host, threads, source)
    }
  }

  public struct Host: Sendable, Equatable {
    public var name: String
    public var ranks: [Int]
    public var threads: Int
    /// Cores that any of its ranks may use.
    public var cores: Int
    /// Cores that its ranks may use but for the launcher, which bound them to fewer; at least `cores`.
    public var launcherCores: Int
    /// Whether threads end at the cores that ranks are bound to, and not at what was asked for.
    var isLimitedByCores: Bool

    /// What to do where the launcher leaves cores to nobody: one line, or nil.
    public var idleCores: String? {
      guard isLimitedByCores, launcherCores > cores else { return nil }
      return
        "mpirun binds \(ranks.count == 1 ? "1 rank" : "\(ranks.count) ranks") to \(cores) of "
        + "\(Placement.cores(launcherCores)), the others stand idle: start with mpirun --bind-to none"
    }
  }

  public let ranks: [Rank]
  /// In the order of their lowest ranks.
  public let hosts: [Host]

  /// Decides from what every rank was given, in rank order: `--threads`; else `SLURM_CPUS_PER_TASK`, as
  /// far as the rank may use that many cores; else the cores a rank may use, shared with the ranks that
  /// may use the same ones.
  public init(_ given: [RankCores]) {
    var ranks = given.map { own in
      let count = max(1, own.cores.count)
      if let wanted = own.wantedThreads {
        return Rank(host: own.host, threads: wanted, source: "--threads")
      }
      if let slurm = own.slurmCores {
        return slurm <= count
          ? Rank(host: own.host, threads: slurm, source: "SLURM_CPUS_PER_TASK")
          : Rank(
            host: own.host, threads: count,
            source: "SLURM_CPUS_PER_TASK, cut to \(Self.cores(count))")
      }
      let sharing = given.count { $0.host == own.host && !$0.cores.isDisjoint(with: own.cores) }
      if sharing > 1 {
        return Rank(
          host: own.host, threads: max(1, count / sharing),
          source: "equal share of \(Self.cores(count))")
      }
      return Rank(
        host: own.host, threads: count,
        source: count < own.machineCores
          ? "bound to \(Self.cores(count))" : "all \(Self.cores(count))")
    }
    var hosts: [Host] = []
    for own in given where !hosts.contains(where: { $0.name == own.host }) {
      let members = given.indices.filter { given[$0].host == own.host }
      let cores = members.reduce(into: Set<Int>()) { $0.formUnion(given[$1].cores) }
      hosts.append(
        Host(
          name: own.host, ranks: members, threads: members.reduce(0) { $0 + ranks[$1].threads },
          cores: max(1, cores.count),
          launcherCores: members.reduce(into: cores) { $0.formUnion(given[$1].launcherCores) }
            .count,
          isLimitedByCores: members.contains { given[$0].isLimitedByCores }))
    }
    for host in hosts where host.threads <= host.cores {
      for rank in host.ranks { ranks[rank].haveCores = true }
      guard host.threads == host.cores,
        let cores = Self.dealt(host.ranks.map { (given[$0].cores, ranks[$0].threads) })
      else { continue }
      for (rank, own) in zip(host.ranks, cores) { ranks[rank].cores = own }
    }
    (self.ranks, self.hosts) = (ranks, hosts)
  }

  /// A core of its own for each thread of ranks that may use these cores; nil where there is none in this order: who may use fewest is
  /// served first, each with the lowest numbers, which are different cores before they are threads of the same ones.
  private static func dealt(_ ranks: [(cores: Set<Int>, threads: Int)]) -> [[Int]]? {
    var dealt = [[Int]](repeating: [], count: ranks.count)
    var taken: Set<Int> = []
    for rank in ranks.indices.sorted(by: { ranks[$0].cores.count < ranks[$1].cores.count }) {
      let own = ranks[rank].cores.subtracting(taken).sorted().prefix(ranks[rank].threads)
      guard own.count == ranks[rank].threads else { return nil }
      dealt[rank] = Array(own)
      taken.formUnion(own)
    }
    return dealt
  }

  fileprivate static func cores(_ count: Int) -> String { count == 1 ? "1 core" : "\(count) cores" }

  /// Threads of a rank and where the number comes from, over all ranks: `2 threads (--threads)`.
  public var text: String {
    let least = ranks.map(\.threads).min() ?? 1
    let most = ranks.map(\.threads).max() ?? 1
    let count = least == most ? "\(most)" : "\(least) to \(most)"
    var sources: [String] = []
    for rank in ranks where !sources.contains(rank.source) { sources.append(rank.source) }
    return "\(count) \(most == 1 ? "thread" : "threads") (\(sources.joined(separator: "; ")))"
  }

  /// Whether a host has fewer cores than threads.
  public var isOversubscribed: Bool { hosts.contains { $0.threads > $0.cores } }

  /// Whether a host has fewer cores than threads, or a launcher leaves cores idle: one line on the first such host.
  public var warning: String? {
    let crowded = hosts.filter { $0.threads > $0.cores }
    if let host = crowded.first {
      return Self.warning(
        host, alike: crowded.count,
        "\(host.ranks.count) ranks with \(host.threads) threads together on "
          + "\(Self.cores(host.cores)); they take turns, which is slow: start fewer ranks or threads"
          + (host.launcherCores > host.cores
            ? ", or let them use \(Self.cores(host.launcherCores)): mpirun --bind-to none" : ""))
    }
    let idle = hosts.filter { $0.idleCores != nil }
    return idle.first.map { Self.warning($0, alike: idle.count, $0.idleCores ?? "") }
  }

  private static func warning(_ host: Host, alike: Int, _ text: String) -> String {
    let others = alike == 1 ? "" : " (and \(alike - 1) more machines likewise)"
    return "warning: \(host.name)\(others): \(text)"
  }
}
