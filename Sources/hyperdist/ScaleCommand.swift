// hyperdist scale

import ArgumentParser
import Configurations
import Files
import Glibc
import Host
import Numerics
import Reporting
import Scaling

struct ScaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "Measure how steps scale with ranks and threads: times, efficiency, figures.",
    discussion: """
      Starts mpirun itself for each point; inside an allocation of SLURM on its nodes. Times `bench step`.
      """)

  @OptionGroup var study: ScaleOptions

  @Option(parsing: .unconditional, help: "Rounds, in each of which every point is started once.")
  var rounds = 7

  @Option(parsing: .unconditional, help: "Timed steps of a start.")
  var steps = 20

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "More words for mpirun, such as '--map-by numa' (default: $HYPERDIST_MPIRUN_FLAGS).",
      valueName: "words"))
  var mpirunFlags: String?

  @Flag(help: "Submit a job of SLURM for each point that has no times yet, instead of starting it.")
  var submit = false

  @Option(parsing: .unconditional, help: "With --submit: cores of a node.")
  var nodeCores: Int?

  @Option(
    name: .customLong("sbatch"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "With --submit: a line of #SBATCH, such as --partition=cpu; may be repeated.",
      valueName: "words"))
  var directives: [String] = []

  func validate() throws {
    try requireAtLeastOne(rounds, "--rounds", atMost: 10_000)
    try requireAtLeastOne(steps, "--steps", atMost: 1_000_000)
    try requireAtLeastOne(nodeCores, "--node-cores")
    if submit && nodeCores == nil {
      throw ValidationError(
        "--submit: give --node-cores, so that jobs ask for as many nodes as they need")
    }
    if !submit && (nodeCores != nil || !directives.isEmpty) {
      throw ValidationError("--node-cores and --sbatch: with --submit only")
    }
  }

  func run() throws {
    guard getenv("OMPI_COMM_WORLD_SIZE") == nil else {
      throw BadRequest(description: "scale starts mpirun itself: start it without")
    }
    let configuration = try study.options.resolve()
    let points = try study.points(configuration)
    let model = try study.modelPoints()
    try OutputFolder(study.output, option: "--output").prepare()
    let mode = ScalingMode(isWeak: study.weak, isSimulated: false)
    var measured = try ScalingStudy(
      folder: study.output, points: points, mode: mode, rounds: rounds, steps: steps,
      configuration: configuration.yaml())
    if submit { return try submitJobs(measured) }
    try measure(&measured)
    let summaries = measured.summaries
    try study.show(summaries, model: model)
    if let complaint = DigestCheck.complaint(measured.table) {
      throw CommandError(description: "\(study.output): \(complaint)")
    }
    if summaries.allSatisfy({ !$0.hasTime }) {
      throw CommandError(
        description: "\(study.output): no point has a time; the first died: \(summaries[0].problem)"
      )
    }
  }

  // MARK: Here

  private func measure(_ measured: inout ScalingStudy) throws {
    let launch = PointLaunch(program: ProgramCommit.program, flags: flags)
    let commit = ProgramCommit.ofThisProgram
    for (point, round) in measured.missing {
      let json = "\(study.output)/.bench-step.json"
      defer { unlink(json) }
      unlink(json)
      let ending = Subprocess.execute(
        launch.command(point, arguments(point, measured.configuration, json: json)))
      var row = StepRow()
      row.mode = measured.mode
      (row.ranks, row.threads, row.latents) = (point.ranks, point.threads, point.latents)
      (row.round, row.commit, row.binding) = (round, commit, launch.binding)
      let text = try WholeFile.text(json)
      if ending.status == 0, let text, let result = PointMeasurement(text, row: row) {
        try measured.add(result.rows)
        StandardError.note(
          "round \(round) of \(rounds), \(point.name): \(Format.figures(1e3 * Statistics.median(result.rows.map(\.seconds)))) ms"
        )
        continue
      }
      guard let status = ending.status else {
        throw CommandError(
          description:
            "mpirun: \(ending.errors); install Open MPI (Debian: apt-get install openmpi-bin)")
      }
      row.problem = PointLaunch.problem(status: status, errors: ending.errors)
      try measured.add([row])
      StandardError.note("round \(round) of \(rounds), \(point.name) died: \(row.problem)")
    }
  }

  private func arguments(_ point: ScalePoint, _ configuration: String, json: String) -> [String] {
    ["bench", "step", "--config", configuration]
      + point.overrides.flatMap { ["--set", $0] }
      + ["--threads", "\(point.threads)", "--repeats", "\(steps)", "--json", json]
  }

  private var flags: [String] {
    let text = mpirunFlags ?? getenv("HYPERDIST_MPIRUN_FLAGS").map { String(cString: $0) } ?? ""
    return text.split(separator: " ").map(String.init)
  }

  // MARK: In jobs

  private func submitJobs(_ measured: ScalingStudy) throws {
    let missing = Set(measured.missing.map(\.point))
    let points = measured.points.filter(missing.contains)
    try OutputFolder("\(study.output)/jobs", option: "--output").prepare()
    for point in points {
      let folder = "\(study.output)/jobs/\(point.name)"
      var words = [ProgramCommit.program, "scale", "--config", measured.configuration]
      words += point.overrides.flatMap { ["--set", $0] }
      words += ["--ranks", "\(point.ranks)", "--threads", "\(point.threads)"]
      words += ["--rounds", "\(rounds)", "--steps", "\(steps)", "--output", folder]
      if study.weak { words.append("--weak") }
      if !flags.isEmpty { words.append("--mpirun-flags=\(flags.joined(separator: " "))") }
      let job = BatchJob(
        point, nodeCores: nodeCores ?? 1, folder: study.output, command: words,
        directives: directives)
      try WholeFile.replace(job.path, with: job.text)
      let ending = Subprocess.execute(["sbatch", job.path])
      guard ending.status == 0 else {
        throw CommandError(
          description:
            "sbatch \(job.path): \(ending.errors.split(whereSeparator: \.isNewline).last.map(String.init) ?? "failed")"
            + "; the file can be submitted by hand")
      }
      StandardOutput.line("submitted \(job.path)")
    }
    if points.isEmpty {
      StandardOutput.line("every point has its times")
    } else {
      StandardError.note(
        "when the jobs are done, the same command without --submit, --node-cores and --sbatch brings them together"
      )
    }
  }
}
