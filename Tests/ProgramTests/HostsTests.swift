// Trainings on several hosts, which are made here of network namespaces with names and addresses of their own.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct HostsTests {
  private static let scripts = RepositoryFile("Tests/ProgramTests/Hosts").url.path

  /// Why hosts cannot be made here; nil where they can.
  private static let obstacle = Scenario.obstacle("\(scripts)/with-hosts 2 4")

  private static let options = Scenario.options(
    imagesPerLatent: 2,
    ["metrics.every=1", "checkpoint.every=20", "distribution.stallSeconds=15"])

  private let folder = TestFolder()
  private var directory: String { "\(folder.path)/run" }

  private func play(_ scenario: String, hosts: Int, family: Int, steps: Int) throws -> RankRun {
    let run = try RankLauncher.runShell(
      "\(Self.scripts)/with-hosts \(hosts) \(family) \(Self.scripts)/scenario \(scenario) \(hosts) "
        + "\"$1\" \(directory) \(steps) \"${@:2}\"", program: "hyperdist", Self.options)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    return run
  }

  /// The state after `steps` steps must be that of one rank on one host.
  private func expectUndisturbed(_ steps: Int) throws {
    let reference = "\(folder.path)/reference"
    try Program.succeed(
      ["train", "--run-dir", reference, "--steps", "\(steps)"] + Self.options)
    #expect(try Program.digest(of: directory) == Program.digest(of: reference))
    #expect(try Program.metrics(of: directory) == Program.metrics(of: reference))
  }

  @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func aHostThatIsCutOffIsNamedAndTheRestGoOn() throws {
    // The cut comes soon after step 50, and no step ends without the host.
    let steps = 200
    let run = try play("cut", hosts: 3, family: 4, steps: steps)
    #expect(run.lines.contains { $0.hasPrefix("named:") && $0.contains("h2") }, "\(run.output)")
    try expectUndisturbed(steps)
  }

  /// Heartbeats too; the name of neither host resolves.
  @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"), arguments: [4, 6])
  func oneOfTwoNetworksIsChosen(family: Int) throws {
    let run = try play("network", hosts: 2, family: family, steps: 20)
    let address = family == 4 ? "10.98.0.1" : "fd98::1"
    #expect(run.output.contains("heartbeats over eth1 (\(address))"), "\(run.output)")
    let log = try contents(of: "\(directory).log")
    #expect(!log.contains("cannot make the TCP connections"), "\(log)")
    try expectUndisturbed(20)
  }
}
