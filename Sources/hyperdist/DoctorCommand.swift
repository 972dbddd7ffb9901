// hyperdist doctor

import ArgumentParser
import Benchmarks
import Collectives
import Datasets
import Glibc
import Host
import Kernels
import Numerics

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Report versions, instruction sets, ranks, threads, limits and data found.")

  func run() throws {
    let session = try Session.start()
    if session.isRoot { report(session.placement) }
    try session.finish()
  }

  private func report(_ placement: Placement) {
    row("program", "hyperdist \(ProgramVersion.current)")
    row("compiled for", Machine.simd)
    if LibraryReport.hasAVX512 && Machine.simd != "AVX-512" {
      warn("this processor has AVX-512, which the program was not compiled for: build with Launch/")
    }
    if !CompiledCode.hasFusedMultiplyAdd {
      warn("compiled without fused multiply-adds, which code by hand needs: build with Launch/")
    }
    row("bfloat16", BFloat16View.hasInstructions ? "multiplied" : "converted to Float")
    reportLimits(.measure())
    row("oneDNN", "\(LibraryReport.oneDNNVersion), \(LibraryReport.oneDNNInstructionSet)")
    row("OpenBLAS", "core \(OpenBLASReport.coreName), \(OpenBLASReport.configuration)")
    if OpenBLASReport.isFallbackCore {
      warn(
        "OpenBLAS did not recognize this processor; heavy products go through oneDNN, but set "
          + "OPENBLAS_CORETYPE (Haswell with AVX2, SkylakeX or Cooperlake with AVX-512) before the "
          + "program starts for anything that uses OpenBLAS")
    }
    row("MPI", Communicator.libraryVersion)
    row("ranks", "\(placement.ranks.count)")
    for host in placement.hosts {
      row(
        "  \(host.name)",
        "\(host.ranks.count) ranks, \(host.threads) threads together, usable cores \(host.cores)")
      for rank in host.ranks {
        row(
          "    rank \(rank)",
          "threads \(placement.ranks[rank].threads): \(placement.ranks[rank].source)")
      }
    }
    row(
      "threads first",
      "a rank a machine, a thread a core; ranks beyond the latents last (docs/scaling.md):")
    row(
      "  simulated",
      "resnet32-cifar10 on 64 cores 23 ms a step as 1 rank x 64 threads, 26 as 64 x 1 were slices of images free, "
        + "each rank sending 22 MB; on 1,024 cores 8 ms as 16 x 64, 12 as 1,024 x 1, of which 7 for messages"
    )
    for host in placement.hosts {
      if let idle = host.idleCores { warn("\(host.name): \(idle)") }
    }
    let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    row("memory", "\(bytes >> 20) MiB")
    row("address space", limit(RLIMIT_AS))
    row("file size", limit(RLIMIT_FSIZE))
    row("open files", limit(RLIMIT_NOFILE))
    for listing in DatasetCatalog.list() {
      row("data \(listing.name)", listing.location ?? "not found")
    }
    for summary in CandidateSummary.all { reportCandidates(summary) }
  }

  /// What products and memory of one core give, and whether bfloat16 pays.
  private func reportLimits(_ limits: CoreLimits) {
    func giga(_ value: Double) -> String { "\(Int((value * 1e-9).rounded()))" }
    let bfloat16 = limits.bfloat16Rate.map { ", \(giga($0)) of bfloat16" } ?? ""
    row(
      "a core at best",
      "\(giga(limits.productRate)) GFLOP/s\(bfloat16), \(giga(limits.memoryRate)) GB/s")
    if let rate = limits.bfloat16Rate, rate < limits.productRate {
      warn(
        "this processor multiplies bfloat16 no faster than Float: training.precision=f32 is faster here"
      )
    }
  }

  /// Whose code does a task: the first that applies.
  private func reportCandidates(_ summary: CandidateSummary) {
    StandardOutput.line(summary.task)
    for (index, candidate) in summary.candidates.enumerated() {
      row("  \(index + 1). \(candidate.name)", candidate.condition)
    }
  }

  private func row(_ name: String, _ value: String) {
    StandardOutput.line(name + String(repeating: " ", count: max(1, 23 - name.count)) + value)
  }

  private func warn(_ text: String) { StandardOutput.line("  warning: \(text)") }

  private func limit(_ resource: __rlimit_resource) -> String {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return "unknown" }
    return limit.rlim_cur == rlim_t.max ? "unlimited" : "\(limit.rlim_cur)"
  }
}
