// Command lines and configurations, good and bad, as the built program takes them.

import Configurations
import Foundation
import TestSupport
import Testing

/// The built program, run as a user does. No data set is found here but the one the program draws.
@Suite struct CommandLineTests {
  /// Runs the program alone, or on `ranks` ranks, in an environment without data.
  private func run(_ arguments: String..., ranks: Int? = nil) throws -> RankRun {
    try Program.run(
      arguments, ranks: ranks,
      environment: ["HOME": "/nonexistent", "HYPERDIST_DATA": "", "XDG_CACHE_HOME": ""])
  }

  /// A file of this text in a folder.
  private func file(_ name: String, _ text: String, in folder: TestFolder) throws -> String {
    let path = "\(folder.path)/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test(arguments: [["--help"], ["train", "--help"], ["help", "data"], ["--version"]])
  func helpIsPrintedAndNoError(arguments: [String]) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 0)
    #expect(result.output.contains("hyperdist"))
    #expect(result.errors == "")
  }

  /// `networks` may be left out, and usage lines leave it out.
  @Test func usageLinesSayWhatIsTyped() throws {
    for arguments in [["analyze", "--samples", "1"], ["analyze", "networks", "--help"]] {
      let result = try Program.run(arguments)
      let text = result.output + result.errors
      #expect(text.contains("hyperdist analyze <what> <checkpoint>"), "\(text)")
      #expect(!text.contains("hyperdist analyze networks <"), "\(text)")
    }
  }

  @Test(arguments: [
    (["trian"], "Unexpected argument 'trian'"), (["train", "--stepz", "3"], "--stepz"),
    (["train", "--steps", "many"], "many"),
    (["bench", "exchange", "--latents", "12"], "--latents: 12 is not a multiple of 8"),
    (["bench", "exchange", "--latents", "512", "--weights", "10000000"], "one MPI message takes"),
    (["bench", "reduction", "--floats", "0"], "--floats"),
    (["train", "--steps", "0"], "--steps must be at least 1"),
    (["train", "--steps", "-3"], "--steps must be at least 1"),
    (
      ["sample", "x.h5", "--count", "-1", "--output", "x.h5"], "--count must be at least 1"
    ),
    (["evaluate", "x.h5", "--samples", "-1"], "--samples must be at least 1"),
    (["evaluate", "x.h5", "--seed", "-1"], "'-1' is invalid for '--seed"),
    (["train", "--threads", "9223372036854775807"], "--threads must be at most 4096"),
    (["bench", "target", "--latents", "9223372036854775807"], "--latents must be at most 1000000"),
    (
      ["train", "--set", "preset=mnist"],
      "--set preset=mnist: a preset is chosen with --preset mnist"
    ),
    (["inspect", "--preset", "toy", "--set", "preset=mnist"], "chosen with --preset mnist"),
    (["train", "--threads", "0"], "--threads must be at least 1"),
    (
      ["train", "--preset", "tou"], "there is no preset 'tou' (presets: quickstart, toy, mnist, "
    ),
    (
      ["train", "--preset", "toy", "--set", "objective.lambda=3"],
      "objective.lambda: plays no part in the problem 'toy'"
    ),
    (["analyze", "toy"], "Missing expected argument"),
    (["train", "--preset", "mnist", "--config", "x.yaml"], "--preset or --config, not both"),
    (["train", "--config", "/nonexistent/x.yaml"], "/nonexistent/x.yaml: No such file"),
    (["train", "--set", "training.step=1"], "the nearest known one is training.steps"),
    (["inspect"], "give a file, or --config or --preset"), (["data", "verify", "mnits"], "mnist"),
    (["sample", "x.h5", "--count", "1", "--output", "x.txt"], "must end in .h5 or .safetensors"),
  ])
  func badCommandLinesEndWithStatus2(arguments: [String], message: String) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 2)
    #expect(result.output == "")
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  private static let badConfiguration = """
    training:
      stepz: 5
      latents: 30
    data:
      name: imagenet
    """

  @Test(arguments: [nil, 2])
  func everyProblemOfAConfigurationIsToldOnce(ranks: Int?) throws {
    let folder = TestFolder()
    let path = try file("bad.yaml", Self.badConfiguration, in: folder)
    let result = try run("train", "--config", path, "--set", "objective.lambda=-1", ranks: ranks)
    #expect(result.status == 2)
    #expect(result.output == "")
    let lines = result.errors.split(separator: "\n").map(String.init)
    let expected = [
      "hyperdist: 4 problems in the configuration",
      "  \(path):2: training.stepz: unknown key; the nearest known one is training.steps",
      "  \(path):5: data.name: 'imagenet' is not allowed (allowed: ",
      "  --set objective.lambda: '-1' is not allowed (allowed: a number, greater than 0)",
      "  \(path):3: distribution.shards: 30 latents cannot be cut into 8 equal shards",
    ]
    for line in expected {
      #expect(lines.count { $0.hasPrefix(line) } == 1, "\(line)\nin\n\(result.errors)")
    }
  }

  @Test(arguments: Configuration.presetNames)
  func printConfigPrintsThePresetsFile(name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Configs/\(name).yaml")
    let result = try run("train", "--preset", name, "--print-config")
    #expect(result.status == 0)
    #expect(try result.output == String(contentsOf: file, encoding: .utf8))
    #expect(result.errors == "")
    let reread = try run("train", "--config", file.path, "--print-config")
    #expect(reread.output == result.output)
  }

  @Test func printConfigShowsOverrides() throws {
    let result = try run(
      "train", "--print-config", "--steps", "7", "--set", "objective.entropy.metric=l2", ranks: 2)
    #expect(result.status == 0)
    #expect(result.lines.count { $0.hasPrefix("  steps: 7 ") } == 1)
    #expect(result.lines.count { $0.hasPrefix("    metric: l2 ") } == 1)
  }

  @Test func doctorNamesWhatTheProgramRunsOn() throws {
    let result = try run("doctor", ranks: 2)
    #expect(result.output.contains("a core at best") && result.output.contains("GFLOP/s"))
    #expect(result.status == 0)
    for name in ["program", "compiled for", "oneDNN", "OpenBLAS", "MPI", "data glyphs"] {
      #expect(result.lines.count { $0.hasPrefix("\(name) ") } == 1, "\(name)")
    }
    #expect(result.lines.contains { $0.hasPrefix("ranks ") && $0.hasSuffix(" 2") })
  }

  /// Two ranks that may use one core, the same with the number SLURM gives, and one rank.
  @Test func threadsFollowTheCoresGivenAndCrowdsAreToldOnce() throws {
    let script = """
      core=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
      taskset -c $core mpirun --oversubscribe --bind-to none -np 2 "$@"
      SLURM_CPUS_PER_TASK=1 taskset -c $core mpirun --oversubscribe --bind-to none -np 2 "$@"
      taskset -c $core "$@"
      """
    let run = try RankLauncher.runShell(script, program: "hyperdist", ["doctor"])
    #expect(run.status == 0)
    func count(_ pattern: some RegexComponent) -> Int { run.lines.count { $0.contains(pattern) } }
    #expect(count(#/ +rank [01] +threads 1: equal share of 1 core$/#) == 2, "\(run.output)")
    #expect(count(#/ +rank [01] +threads 1: SLURM_CPUS_PER_TASK$/#) == 2, "\(run.output)")
    #expect(count(#/ +rank 0 +threads 1: (bound to|all) 1 cores?$/#) == 1, "\(run.output)")
    let host = ProcessInfo.processInfo.hostName
    let warnings = run.errors.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
    #expect(warnings.count == 2, "\(run.errors)")
    for warning in warnings {
      #expect(warning.hasPrefix("warning: \(host): 2 ranks with 2 threads together on 1 core;"))
    }
  }

  /// mpirun's default binds one rank to one core.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "this machine has one core"))
  func coresThatMPILeavesIdleAreTold() throws {
    let idle =
      #/mpirun binds 1 rank to 1 of \d+ cores, the others stand idle: start with mpirun --bind-to none/#
    let bound = try RankLauncher.runShell(
      "mpirun -np 1 --bind-to core \"$@\"", program: "hyperdist", ["doctor"])
    #expect(bound.status == 0 && bound.output.contains(idle), "\(bound.output)")
    #expect(
      bound.errors.split(separator: "\n").count { $0.hasPrefix("warning: ") && $0.contains(idle) }
        == 1,
      "\(bound.errors)")
    let free = try RankLauncher.runShell(
      "mpirun -np 1 --bind-to none \"$@\"", program: "hyperdist", ["doctor"])
    #expect(
      free.status == 0 && !free.output.contains("idle") && free.errors == "", "\(free.errors)")
  }

  @Test func dataListNamesEverySet() throws {
    let result = try run("data", "list")
    #expect(result.status == 0)
    for name in ["mnist", "cifar10", "cifar100", "glyphs"] {
      #expect(result.lines.contains { $0.hasPrefix("\(name) ") }, "\(name)")
    }
    #expect(result.output.contains("drawn by the program"))
  }

  @Test(arguments: [["inspect"], ["inspect", "--digest"], ["evaluate"]])
  func filesThatAreNoCheckpointsAreRefused(command: [String]) throws {
    let folder = TestFolder()
    let path = try file("junk.h5", "not HDF5", in: folder)
    let result = try Program.run(command + [path])
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("hyperdist: \(path) is not a checkpoint: it is no HDF5 file"))
    let missing = try Program.run(command + ["/nonexistent.h5"])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("cannot read /nonexistent.h5: No such file or directory"))
  }
}
