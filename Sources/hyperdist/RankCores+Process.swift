// The cores this process was given.

import Collectives
import Glibc
import Host

extension RankCores {
  /// This process's, `threads` being what the command line asks for.
  static func ofThisProcess(host: String, threads: Int?) -> RankCores {
    let slurm = getenv("SLURM_CPUS_PER_TASK").flatMap { Int(String(cString: $0)) }
    return RankCores(
      host: host, cores: CoreAffinity.cores(ofProcess: 0),
      // mpirun, or its daemon on this machine, starts ranks itself; a shell between them may have been given any cores.
      launcherCores: getenv("OMPI_COMM_WORLD_RANK") == nil
        ? [] : CoreAffinity.cores(ofProcess: getppid()),
      machineCores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
      slurmCores: slurm.flatMap { $0 > 0 ? $0 : nil }, wantedThreads: threads)
  }
}
