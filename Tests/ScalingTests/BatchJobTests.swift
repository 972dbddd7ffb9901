// The files that are submitted.

import Testing

@testable import Scaling

@Suite struct BatchJobTests {
  @Test func jobAsksForItsNodes() {
    let job = BatchJob(
      ScalePoint(ranks: 10, threads: 16, latents: 32, shards: 32), nodeCores: 64, folder: "out",
      command: ["/bin/hyperdist", "scale", "--set", "it's"], directives: ["--partition=cpu"])
    #expect(job.path == "out/jobs/10x16.sbatch" && job.output == "out/jobs/10x16")
    let lines = job.text.split(separator: "\n")
    for line in [
      "#SBATCH --nodes=3", "#SBATCH --ntasks-per-node=4", "#SBATCH --cpus-per-task=16",
      "#SBATCH --partition=cpu", "exec /bin/hyperdist scale --set 'it'\\''s'",
    ] { #expect(lines.contains(Substring(line)), "\(line)") }
    #expect(lines[0] == "#!/usr/bin/env bash")
  }
}
