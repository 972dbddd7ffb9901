// What the variables of launchers say, and what they do not.

import Testing

@testable import Collectives

@Suite struct LaunchedRankTests {
  private func launched(_ variables: [String: String], isAncestor: Bool = false) -> LaunchedRank? {
    LaunchedRank(environment: { variables[$0] }, isAncestor: { _ in isAncestor })
  }

  @Test func mpirunNumbersItsRanks() {
    let rank = launched([
      "PMIX_NAMESPACE": "1234", "OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4",
      // Within a job of SLURM it starts one daemon a node, as tasks.
      "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS": "4",
    ])
    #expect(rank?.launcher == .mpirun && rank?.rank == 2 && rank?.count == 4)
    #expect(rank?.isCertain == true && rank?.speaks == false)
  }

  @Test func oneProcessIsAlone() {
    #expect(launched([:]) == nil)
    #expect(
      launched([
        "PMIX_NAMESPACE": "1", "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1",
        "SLURM_PROCID": "0", "SLURM_NTASKS": "3",
      ]) == nil)
    #expect(
      launched(["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1", "SLURM_NTASKS": "3"]) == nil)
  }

  @Test(arguments: [
    ["SLURM_PROCID": "1"], ["OMPI_COMM_WORLD_RANK": "1"], ["PMI_RANK": "1"], ["PMIX_RANK": "1"],
    ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"],
    ["PMI_RANK": "1", "PMI_SIZE": "2"], ["SLURM_PROCID": "5", "SLURM_NTASKS": "3"],
    ["SLURM_PROCID": "x", "SLURM_NTASKS": "3"], ["SLURM_NTASKS": "3"],
  ])
  func halfOfWhatALauncherSetsIsNothing(variables: [String: String]) {
    #expect(launched(variables) == nil)
  }

  /// As SLURM 22.05 sets them.
  @Test func tasksOfAStepAndTheScriptOfABatchJob() {
    let script = [
      "ENVIRONMENT": "BATCH", "SLURM_PROCID": "0", "SLURM_NTASKS": "3", "SLURM_TASK_PID": "7",
    ]
    #expect(launched(script, isAncestor: true) == nil)
    let step = script.merging(["SLURM_PROCID": "2", "SLURM_STEP_NUM_TASKS": "3"]) { $1 }
    let task = launched(step, isAncestor: true)
    #expect(task?.launcher == .slurm && task?.rank == 2 && task?.count == 3)
    #expect(task?.speaks == false)
    #expect(task?.loneliness.contains("SLURM started 3 tasks") == true)
    // Of another process's step: who knows whose these are.
    #expect(launched(step, isAncestor: false)?.speaks == true)
  }

  @Test func aLauncherOfAnotherLibrary() {
    let rank = launched(["PMI_FD": "9", "PMI_RANK": "0", "PMI_SIZE": "2"])
    #expect(rank?.launcher == .pmi && rank?.speaks == true)
    #expect(rank?.loneliness.contains("another MPI library") == true)
  }
}
