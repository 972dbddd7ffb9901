// Ranks that were started differently, or see different files: one line, the same end for all, no hang.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct RanksTogetherTests {
  private static let quick = [
    "train", "--preset", "quickstart", "--threads", "1", "--steps", "2",
    "--set", "training.latents=8", "--set", "training.imagesPerLatent=2",
    "--set", "validation.every=0",
  ]

  private let folder = TestFolder()
  private var directory: String { "\(folder.path)/run" }

  private func shell(_ script: String, _ arguments: [String] = Self.quick) throws -> RankRun {
    try RankLauncher.runShell(script, program: "hyperdist", arguments)
  }

  /// The program's own lines, as opposed to mpirun's.
  private func lines(_ run: RankRun) -> [String] {
    run.errors.split(separator: "\n").map(String.init).filter { $0.contains("hyperdist: ") }
  }

  // MARK: Launchers

  /// srun without a PMI that MPI knows starts single programs, each of which believes it is the only one.
  @Test func tasksOfWhichMPIKnowsNothingAreRefused() throws {
    let run = try shell(
      """
      for task in 0 1 2; do
        SLURM_NTASKS=3 SLURM_PROCID=$task "$@" --run-dir \(directory) || echo "status $?"
      done
      """)
    #expect(run.lines == ["status 2", "status 2", "status 2"], "\(run.errors)")
    #expect(lines(run).count == 3, "\(run.errors)")
    for line in lines(run) {
      #expect(line.contains("SLURM started 3 tasks") && line.contains("MPI knows of 1 rank"))
      #expect(line.contains("mpirun") && line.contains("--mpi=pmix"), "\(line)")
    }
    #expect(folder.names() == [])
  }

  /// The script of a batch job has a number too, and may start the program alone.
  @Test func theScriptOfABatchJobIsNoTask() throws {
    let run = try shell(
      "ENVIRONMENT=BATCH SLURM_NTASKS=3 SLURM_PROCID=0 \"$@\" --run-dir \(directory)")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test(arguments: ["SLURM_PROCID=1", "PMI_RANK=1", "PMIX_RANK=1", "OMPI_COMM_WORLD_RANK=1"])
  func variablesThatWereLeftOverSilenceNobody(variable: String) throws {
    let missing = try shell("\(variable) \"$@\"", ["inspect", "\(folder.path)/none.h5"])
    #expect(missing.status == 1 && lines(missing).count == 1, "\(missing.errors)")
    let wrong = try shell("\(variable) \"$@\"", ["train", "--no-such-option"])
    #expect(wrong.status == 2 && wrong.errors.contains("--no-such-option"), "\(wrong.errors)")
    let listed = try shell("\(variable) \"$@\"", ["data", "list"])
    #expect(listed.output.contains("glyphs"))
  }

  // MARK: Other programs, command lines and configurations

  @Test func aRankWithAnotherSeedIsNamed() throws {
    let run = try shell(
      """
      mpirun --oversubscribe --timeout 60 -np 2 "$@" --run-dir \(directory) \
        : -np 1 "$@" --set training.seed=2 --run-dir \(directory)
      """)
    #expect(run.status == 2 && lines(run).count == 1, "\(run.errors)")
    let line = lines(run).first ?? ""
    #expect(line.contains("rank 2 was given `--set training.seed=2`"), "\(line)")
    #expect(folder.names() == [])
  }

  /// Threads and data folders are each rank's own.
  @Test func ranksMayHaveThreadsOfTheirOwn() throws {
    let run = try shell(
      """
      mpirun --oversubscribe --timeout 60 -np 1 "$@" --run-dir \(directory) --threads 2 \
        : -np 1 "$@" --run-dir \(directory) --threads=1
      """, Self.quick.filter { $0 != "--threads" && $0 != "1" })
    #expect(run.status == 0, "\(run.errors)")
  }

  private static let imports = "import subprocess, sys"

  @Test func anotherBuildOfTheProgramIsNamed() throws {
    // Another linker's number, as another build has.
    let other = "\(folder.path)/other"
    let run = try shell(
      """
      cp "$1" \(other)
      python3 - \(other) <<'END'
      \(Self.imports)
      note = subprocess.run(["readelf", "-n", sys.argv[1]], capture_output=True, text=True).stdout
      number = bytes.fromhex(note.split("Build ID: ")[1].split()[0])
      data = bytearray(open(sys.argv[1], "rb").read())
      place = data.index(number)
      data[place] ^= 1
      open(sys.argv[1], "r+b").write(data)
      END
      program=$1; shift
      mpirun --oversubscribe --timeout 60 -np 1 "$program" "$@" --run-dir \(directory) \
        : -np 1 \(other) "$@" --run-dir \(directory)
      """)
    #expect(run.status == 2 && lines(run).count == 1, "\(run.errors)")
    let line = lines(run).first ?? ""
    #expect(line.contains("rank 1 runs hyperdist") && line.contains("build"), "\(line)")
  }

  /// Only rank 0 has standard input; all go by what it reads there.
  @Test func aConfigurationFromStandardInputIsEverybodys() throws {
    let run = try shell(
      """
      "$1" train --preset quickstart --set training.latents=8 --set training.imagesPerLatent=2 \
        --set validation.every=0 --set training.seed=7 --print-config > \(folder.path)/config
      mpirun --oversubscribe --timeout 60 -np 3 "$@" --config /dev/stdin --run-dir \(directory) \
        < \(folder.path)/config
      """, ["train", "--steps", "2", "--threads", "1"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try contents(of: "\(directory)/config.yaml").contains("seed: 7"))
  }

  // MARK: Errors of one rank

  @Test func aCommandLineThatOnlyAnotherRankCannotReadIsTold() throws {
    let run = try shell(
      """
      mpirun --oversubscribe --timeout 60 -np 1 "$@" --run-dir \(directory) \
        : -np 1 "$@" --no-such-option
      """)
    #expect(run.status == 2, "\(run.errors)")
    let told = run.errors.split(separator: "\n").filter { $0.contains("--no-such-option") }
    #expect(told.first?.contains("rank 1") == true, "\(run.errors)")
  }

  @Test func anErrorThatAllRanksMeetIsTold() throws {
    let run = try Program.run(["train", "--config", "\(folder.path)/none.yaml"], ranks: 3)
    #expect(run.status == 2, "\(run.errors)")
    #expect(lines(run).count == 1 && run.errors.contains("none.yaml"), "\(run.errors)")
  }

  // MARK: Folders that ranks do not share

  /// Whether a process may see a folder of its own where others see another.
  private static let canUnshare: Bool = {
    let run = try? RankLauncher.runShell(
      "unshare -m true && \"$@\"", program: "hyperdist", ["--version"])
    return run?.status == 0
  }()

  /// Runs a command on three ranks, of which rank 1 sees `hidden` empty.
  private func runHiding(_ hidden: String, _ arguments: [String]) throws -> RankRun {
    let script = folder.write(
      """
      #!/bin/bash
      [ "$OMPI_COMM_WORLD_RANK" = 1 ] || exec "$@"
      exec unshare -m bash -c 'mount -t tmpfs none \(hidden) && exec "$@"' bash "$@"
      """, to: "hide.sh")
    return try shell(
      "mpirun --oversubscribe --timeout 90 -np 3 bash \(script) \"$@\"", arguments)
  }

  @Test(.enabled(if: canUnshare), arguments: ["train", "sample", "probabilities", "bench"])
  func aFolderOfOneRanksOwnIsRefused(command: String) throws {
    let output = "\(folder.path)/output"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try Program.succeed(Self.quick + ["--run-dir", directory])
    let checkpoint = "\(directory)/checkpoints/latest"
    let (arguments, option): ([String], String) =
      switch command {
      case "train": (Self.quick + ["--run-dir", "\(output)/new"], "--run-dir")
      case "sample":
        (["sample", checkpoint, "--count", "4", "--output", "\(output)/a.h5"], "--output")
      case "probabilities":
        (
          [
            "evaluate", checkpoint, "--samples", "3", "--images", "10", "--save-probabilities",
            "\(output)/p.h5",
          ], "--save-probabilities"
        )
      default: (["bench", "checkpoint", "--folder", output, "--repeats", "1"], "--folder")
      }
    let begin = Date()
    let run = try runHiding(output, arguments)
    #expect(run.status == 1 && lines(run).count == 1, "\(run.errors)")
    let line = lines(run).first ?? ""
    #expect(line.contains(option) && line.contains("rank 1 on"), "\(line)")
    #expect(line.contains(output) && line.contains("all ranks share"), "\(line)")
    #expect(Date().timeIntervalSince(begin) < 30)
    let left = try FileManager.default.subpathsOfDirectory(atPath: output)
    #expect(left.allSatisfy { !$0.contains(".hyperdist") && !$0.hasSuffix(".h5") }, "\(left)")
  }

  /// A file that is missing on another machine: rank 0's configuration counts, and its checkpoint is everybody's or nobody's.
  @Test(.enabled(if: canUnshare)) func filesThatOnlyOneRankDoesNotSee() throws {
    let inputs = "\(folder.path)/inputs"
    let printed = try Program.succeed(Self.quick + ["--print-config"]).output
    folder.write(printed, to: "inputs/config.yaml")
    let trained = try runHiding(
      inputs,
      [
        "train", "--config", "\(inputs)/config.yaml", "--run-dir", directory, "--threads", "1",
      ])
    #expect(trained.status == 0, "\(trained.errors)")
    let checkpoint = "\(inputs)/a.h5"
    try FileManager.default.copyItem(
      atPath: "\(directory)/checkpoints/step-00000002.h5", toPath: checkpoint)
    let evaluated = try runHiding(inputs, ["evaluate", checkpoint, "--samples", "2"])
    #expect(evaluated.status == 1 && lines(evaluated).count == 1, "\(evaluated.errors)")
    #expect(lines(evaluated).first?.contains("rank 1: cannot read") == true, "\(evaluated.errors)")
  }

  // MARK: Watching every command

  @Test func aRankThatStandsStillEndsAnEvaluationToo() throws {
    try Program.succeed(Self.quick + ["--run-dir", directory])
    let run = try shell(
      """
      mpirun --oversubscribe --timeout 90 -np 2 "$@" & child=$!
      for i in $(seq 300); do
        ranks=($(pgrep -P $child | sort -n))
        [ ${#ranks[@]} = 2 ] && break
        sleep 0.1
      done
      sleep 3
      kill -STOP ${ranks[1]}
      wait $child
      """,
      [
        "bench", "step", "--set", "distribution.stallSeconds=3", "--threads", "1", "--repeats",
        "1000000",
      ])
    #expect(run.status != 0)
    #expect(
      lines(run).filter { $0.contains("rank 1 on") && $0.contains("no progress") }.count == 1,
      "\(run.errors)")
  }
}
