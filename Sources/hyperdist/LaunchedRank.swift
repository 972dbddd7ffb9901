// Knowing who speaks before MPI has started.

import Glibc

/// This process's rank before MPI has started, from its launcher's environment.
enum LaunchedRank {
  static let rank: Int = {
    for name in ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"] {
      if let text = getenv(name), let rank = Int(String(cString: text)) { return rank }
    }
    return 0
  }()

  /// Ends this process before MPI has started. A launcher ends all ranks when one leaves with an error,
  /// so the others wait until rank 0 has printed why.
  static func leave(_ status: Int32) -> Never {
    if rank > 0 { sleep(1) }
    exit(status)
  }
}
