// Traces replayed by SimGrid.

import Files
import Glibc
import Host

/// smpirun on a folder of traces: point-to-point actions only, since its collectives end in crashes.
public enum Replay {
  /// Why there is no smpirun, in one line that says how to get it; nil where there is one.
  public static func missing() -> String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    let isThere = path.split(separator: ":").contains { access("\($0)/smpirun", X_OK) == 0 }
    return isThere
      ? nil
      : "no smpirun on the PATH: install SimGrid, which replays the messages (Debian: apt-get install libsimgrid-dev)"
  }

  /// Seconds that the ranks of the traces in `folder` take on `platform`.
  public static func seconds(
    folder: String, ranks: Int, threads: Int, platform: SimulatedPlatform
  ) throws -> Double {
    let (network, hosts) = try platform.write(ranks: ranks, threads: threads, to: folder)
    let output = "\(folder)/smpirun.out"
    let ending = Subprocess.execute(
      [
        "smpirun", "-no-privatize", "-np", "\(ranks)", "-platform", network, "-hostfile", hosts,
        "-replay", "\(folder)/\(RankTrace.listName)",
        // The defaults are one Gigabit cluster's: times 2 to 11.
        "--cfg=smpi/lat-factor:0:1", "--cfg=smpi/bw-factor:0:1",
        "--cfg=smpi/os:0:\(platform.overhead):0", "--cfg=smpi/or:0:\(platform.overhead):0",
        "--cfg=network/crosstraffic:0", "--cfg=contexts/stack-size:256",
        "--log=root.thres:warning", "--log=smpi_replay.thres:info",
      ], output: output)
    let text = try WholeFile.text(output).map { $0 + "\n" + ending.errors } ?? ending.errors
    guard ending.status == 0, let match = text.firstMatch(of: #/Simulation time ([0-9.eE+-]+)/#),
      let seconds = Double(match.1)
    else {
      let lines = text.split(whereSeparator: \.isNewline)
      let last = lines.last { $0.contains(where: \.isLetter) } ?? "no output"
      throw ScalingError("smpirun ended with status \(ending.status ?? -1): \(last)")
    }
    return seconds
  }
}
