// Ranks of a job among all processes.

import Foundation
import Testing

@testable import Supervision

@Suite struct JobProcessTests {
  @Test func ranksAreKnownByTheirVariables() {
    let own = Array("A=1\0PMIX_NAMESPACE=17.1\0PMIX_RANK=3\0".utf8)
    #expect(JobProcess.rank(of: "17.1", environment: own) == 3)
    #expect(JobProcess.rank(of: "17.2", environment: own) == nil)
    #expect(JobProcess.rank(of: "17.1", environment: Array("PMIX_NAMESPACE=17.1\0".utf8)) == nil)
  }

  @Test func statesStandBehindNames() {
    #expect(JobProcess.state(stat: Array("17 (a) b) T 1 2".utf8)) == "T")
    #expect(JobProcess.state(stat: Array("17".utf8)) == nil)
  }

  /// A process with these variables, running and then stopped.
  @Test func aStoppedProcessIsSeen() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["60"]
    let job = "test-\(getpid())"
    process.environment = ["PMIX_NAMESPACE": job, "PMIX_RANK": "5"]
    try process.run()
    defer { process.terminate() }
    func isStopped() -> Bool? { JobProcess.all(of: job).first { $0.rank == 5 }?.isStopped }
    // Its variables are there when it has become the other program.
    for _ in 0..<3_000 where isStopped() == nil { usleep(10_000) }
    #expect(isStopped() == false)
    kill(process.processIdentifier, SIGSTOP)
    for _ in 0..<3_000 where isStopped() != true { usleep(10_000) }
    #expect(isStopped() == true)
    kill(process.processIdentifier, SIGCONT)
  }
}
