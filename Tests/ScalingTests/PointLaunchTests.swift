// How points are started, here and inside an allocation.

import Testing

@testable import Scaling

@Suite struct PointLaunchTests {
  private func command(
    _ ranks: Int, _ threads: Int, _ environment: [String: String]
  ) -> String {
    PointLaunch(program: "/p", flags: ["--mca", "a", "b"]) { environment[$0] }.command(
      ScalePoint(ranks: ranks, threads: threads, latents: 8, shards: 8), ["x"]
    ).joined(separator: " ")
  }

  @Test func withoutAllocation() {
    #expect(command(2, 1, [:]) == "mpirun --oversubscribe --bind-to none --mca a b -np 2 /p x")
  }

  @Test func ranksFillTheNodesOfAnAllocation() {
    let slurm = [
      "SLURM_JOB_ID": "1", "SLURM_JOB_NUM_NODES": "2", "SLURM_JOB_CPUS_PER_NODE": "64(x2)",
    ]
    #expect(command(16, 8, slurm).contains("--map-by ppr:8:node --mca"))
    #expect(command(16, 64, slurm).contains("--map-by node --mca"))
  }

  @Test func theProgramsOwnLineIsTheProblem() {
    #expect(
      PointLaunch.problem(
        status: 2, errors: "warning: x\nhyperdist: no such key\n-----\nmpirun noticed\n-----\n")
        == "no such key")
    #expect(
      PointLaunch.problem(status: 1, errors: "----\nnot enough slots\n----\n") == "not enough slots"
    )
    #expect(PointLaunch.problem(status: 137, errors: "") == "ended with status 137")
  }
}
