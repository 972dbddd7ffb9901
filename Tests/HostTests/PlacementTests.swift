// Threads of ranks on machines of many kinds.

import Host
import Testing

@Suite struct PlacementTests {
  private func cores(
    _ cores: Set<Int>, of launcher: Set<Int> = [], host: String = "north", machine: Int = 8,
    slurm: Int? = nil, threads: Int? = nil
  ) -> RankCores {
    RankCores(
      host: host, cores: cores, launcherCores: launcher, machineCores: machine, slurmCores: slurm,
      wantedThreads: threads)
  }

  private func decide(_ given: [RankCores]) -> [String] {
    Placement(given).ranks.map { "\($0.threads): \($0.source)" }
  }

  @Test func textReadsBack() {
    for given in [
      cores([0, 1, 17], slurm: 3, threads: 2), cores([5], of: [4, 5]),
      cores([], host: "", machine: 1),
    ] {
      #expect(RankCores(text: given.text) == given)
    }
  }

  @Test func whereThreadsComeFrom() {
    let all = Set(0..<8)
    #expect(decide([cores(all)]) == ["8: all 8 cores"])
    #expect(decide([cores(all), cores(all), cores(all)]).first == "2: equal share of 8 cores")
    #expect(
      decide([cores([0, 1]), cores([2, 3])]) == Array(repeating: "2: bound to 2 cores", count: 2))
    #expect(decide([cores(all, slurm: 3), cores(all, slurm: 3)]).last == "3: SLURM_CPUS_PER_TASK")
    #expect(decide([cores([4], slurm: 3)]) == ["1: SLURM_CPUS_PER_TASK, cut to 1 core"])
    #expect(decide([cores(all, slurm: 3, threads: 5)]) == ["5: --threads"])
    // A container gives all ranks the same two cores of many: they share them.
    #expect(decide([cores([2, 3]), cores([2, 3])]).first == "1: equal share of 2 cores")
    // The same numbers on another machine are other cores.
    #expect(decide([cores([0, 1]), cores([0, 1], host: "south")]).last == "2: bound to 2 cores")
    #expect(decide([cores([])]) == ["1: bound to 1 core"])
  }

  @Test func moreThreadsThanCoresAreTold() {
    let fits = Placement([cores([0, 1]), cores([2, 3]), cores(Set(0..<8), host: "south")])
    #expect(fits.warning == nil)
    #expect(fits.hosts.map(\.cores) == [4, 8])
    #expect(fits.hosts.map(\.ranks) == [[0, 1], [2]])
    // Overlapping masks: cores 0 to 3 are four, not six.
    let crowded = Placement([
      cores([0, 1, 2], threads: 3), cores([1, 2, 3], threads: 2), cores([0], host: "south"),
    ])
    #expect(crowded.hosts[0].cores == 4)
    let warning = crowded.warning ?? ""
    #expect(warning.hasPrefix("warning: north: 2 ranks with 5 threads together on 4 cores;"))
    let both = Placement([cores([0], threads: 2), cores([0], host: "south", threads: 2)])
    #expect(
      both.warning?.hasPrefix("warning: north (and 1 more machines likewise): 1 ranks") == true)
  }

  @Test func coresThatTheLauncherLeavesIdleAreTold() throws {
    let all = Set(0..<64)
    let one = Placement([cores([0], of: all, machine: 64)])
    #expect(
      one.warning
        == "warning: north: mpirun binds 1 rank to 1 of 64 cores, the others stand idle: start with "
        + "mpirun --bind-to none")
    let two = Placement([cores([0], of: all), cores([1], of: all)])
    #expect(two.warning?.hasPrefix("warning: north: mpirun binds 2 ranks to 2 of 64 cores") == true)
    #expect(try #require(two.hosts[0].idleCores).hasPrefix("mpirun binds 2 ranks to 2 of 64"))
    let nodes = Placement([cores([0], of: all), cores([0], of: all, host: "south")])
    #expect(
      nodes.warning?.hasPrefix("warning: north (and 1 more machines likewise): mpirun binds 1 rank")
        == true)
    // SLURM gave the task eight cores, mpirun bound it to one of them.
    #expect(Placement([cores([0], of: Set(0..<8), slurm: 8)]).warning != nil)
    for quiet in [
      // Nothing is idle; nobody bound it; as many threads as asked for; whoever launched it is unknown.
      [cores([0], of: [0, 1]), cores([1], of: [0, 1])], [cores(all, of: all)],
      [cores([0], of: all, threads: 1)], [cores([0], of: all, slurm: 1)], [cores([0])],
    ] {
      #expect(Placement(quiet).warning == nil)
    }
    // More threads than cores, because the launcher binds.
    let crowded = Placement([cores([0], of: all, threads: 2)])
    #expect(
      crowded.warning?.hasSuffix(
        "start fewer ranks or threads, or let them use 64 cores: mpirun --bind-to none") == true)
  }

  private func dealt(_ given: [RankCores]) -> [[Int]] { Placement(given).ranks.map(\.cores) }

  @Test func threadsHaveCoresWhereTheyHaveAll() {
    let all = Set(0..<8)
    #expect(dealt([cores(all)]) == [Array(0..<8)])
    #expect(dealt([cores(all), cores(all)]) == [Array(0..<4), Array(4..<8)])
    #expect(dealt([cores([0, 1]), cores([2, 3])]) == [[0, 1], [2, 3]])
    // Who may use few cores is served first.
    #expect(dealt([cores([0, 1, 2], threads: 2), cores([0], threads: 1)]) == [[1, 2], [0]])
    // Two threads of eight cores: another program may have the rest, or the same ones.
    #expect(dealt([cores(all, threads: 2)]) == [[]])
    // More threads than cores, or a core that nobody can be given.
    #expect(dealt([cores(all, threads: 9)]) == [[]])
    #expect(dealt([cores([0]), cores([0, 1, 2], threads: 1), cores([0])]) == [[], [], []])
    // Machines are looked at one by one.
    #expect(dealt([cores([0], threads: 2), cores([5], host: "south")]) == [[], [5]])
  }

  @Test func whoMaySpin() {
    func spins(_ given: [RankCores]) -> [Bool] { Placement(given).ranks.map(\.haveCores) }
    #expect(spins([cores(Set(0..<8), threads: 2)]) == [true])
    #expect(spins([cores([0, 1]), cores([0, 1])]) == [true, true])
    #expect(spins([cores([0, 1], threads: 2), cores([0, 1], threads: 1)]) == [false, false])
    #expect(spins([cores([0], threads: 2), cores([0], host: "south")]) == [false, true])
  }

  @Test func textForAllRanks() {
    #expect(Placement([cores([0]), cores([1])]).text == "1 thread (bound to 1 core)")
    #expect(
      Placement([cores([0]), cores([1, 2])]).text
        == "1 to 2 threads (bound to 1 core; bound to 2 cores)")
  }
}
