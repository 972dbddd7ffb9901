// hyperdist simulate

import ArgumentParser
import Configurations
import Files
import Glibc
import Host
import Reporting
import Scaling

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract:
      "Simulate how steps scale beyond this machine, from measured costs and the program's own messages.",
    discussion: """
      Walks the messages of a step without MPI and has SimGrid (smpirun) replay them. Writes the tables and figures of `scale`.
      """)

  @OptionGroup var study: ScaleOptions

  @Option(
    help: ArgumentHelp(
      "fat-tree, dragonfly, ethernet, node (ranks of one machine), or a platform of SimGrid's.",
      valueName: "name|FILE.xml"))
  var platform = "fat-tree"

  @Option(help: "The network's links: 10gbe, ib100 or ib200 (default: ib100; of ethernet 10gbe).")
  var link: SimulatedPlatform.Link?

  @Option(parsing: .unconditional, help: "Cores of a node.")
  var nodeCores = 64

  @Option(
    help: ArgumentHelp(
      "Figures of bench step --json, several of different threads or latents; of bench team --json for threads that share a network; of bench reduction --json on ranks of one machine for messages within a node. Default: measured now.",
      valueName: "file,..."))
  var costs: String?

  @Flag(help: "Target networks take the measured steps' median, not their times in turn.")
  var steady = false

  @Flag(
    help:
      "Phases sleep, as in bench step --sleep: ranks may be more than the node's cores, which their messages share."
  )
  var sleep = false

  @Option(parsing: .unconditional, help: "Simulated steps of a point.")
  var steps = 1

  @Flag(help: "Keep the last point's traces, in replay below the study's folder.")
  var keepTraces = false

  func validate() throws {
    try requireAtLeastOne(nodeCores, "--node-cores", atMost: 1 << 20)
    try requireAtLeastOne(steps, "--steps", atMost: 10_000)
    try requireName(costs, "--costs")
    try requireName(platform, "--platform")
  }

  func run() throws {
    guard getenv("OMPI_COMM_WORLD_SIZE") == nil else {
      throw BadRequest(description: "simulate needs no ranks: start it without mpirun")
    }
    let configuration = try study.options.resolve()
    let points = try study.points(configuration)
    let model = try study.modelPoints()
    if let missing = Replay.missing() { throw CommandError(description: missing) }
    try OutputFolder(study.output, option: "--output").prepare()
    let costs = try StepCosts(files: costFiles(configuration))
    guard
      let platform = SimulatedPlatform(
        platform, link: link, nodeCores: nodeCores)
    else {
      throw BadRequest(
        description:
          "--platform \(platform): choose \(SimulatedPlatform.Topology.allCases.map(\.rawValue).joined(separator: ", ")) or a file that ends in .xml"
      )
    }
    let mode = ScalingMode(isWeak: study.weak, isSimulated: true)
    let table = try simulate(points, configuration, mode, platform, costs)
    let summaries = PointSummary.all(of: table, mode)
    try study.show(summaries, model: model)
    StandardError.note(notes(platform, costs).joined(separator: "\n"))
    if summaries.allSatisfy({ !$0.hasTime }) {
      throw CommandError(
        description: "\(study.output): no point has a time; the first: \(summaries[0].problem)")
    }
  }

  private func simulate(
    _ points: [ScalePoint], _ configuration: Configuration, _ mode: ScalingMode,
    _ platform: SimulatedPlatform, _ costs: StepCosts
  ) throws -> StepTable {
    let folder = "\(study.output)/replay"
    try OutputFolder(folder, option: "--output").prepare()
    defer {
      if !keepTraces {
        for name in Folder.names(in: folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
      }
    }
    let simulation = Simulation(
      platform: platform, costs: costs, isImbalanced: !steady, isAsleep: sleep, folder: folder)
    var table = StepTable()
    for point in points {
      var row = StepRow()
      (row.mode, row.ranks, row.threads) = (mode, point.ranks, point.threads)
      (row.latents, row.round, row.binding) = (point.latents, 1, platform.name)
      (row.commit, row.mpi) = (ProgramCommit.ofThisProgram, "replayed by SimGrid")
      do {
        let changed = try study.options.resolve(extra: point.overrides)
        let rows = try (1...steps).map {
          try simulation.run(changed, point, step: $0, row: row)
        }
        table.replace(with: rows)
        StandardError.note(
          "\(point.name): \(Format.figures(1e3 * rows[0].seconds)) ms, simulated")
      } catch let error as any UserFacingError {
        row.problem = error.description
        table.replace(with: [row])
        StandardError.note("\(point.name): \(error)")
      }
      try table.write(to: study.output)
    }
    return table
  }

  private func notes(_ platform: SimulatedPlatform, _ costs: StepCosts) -> [String] {
    var notes = [
      "simulated with measured costs on \(platform.name); memory that cores share is not in it beyond what was measured"
    ]
    if !costs.knowsTeams && study.threads.counts.contains(where: { $0 > 1 }) {
      notes.append(
        "threads that share a network are taken to divide it evenly: give --costs of bench team, or of more threads than latents, to know better"
      )
    }
    return notes
  }

  /// The figures asked for, or measured now and kept in the study's folder.
  private func costFiles(_ configuration: Configuration) throws -> [String] {
    if let costs { return costs.split(separator: ",").map(String.init) }
    let config = "\(study.output)/config.yaml"
    try WholeFile.replace(config, with: configuration.yaml())
    let program = ProgramCommit.program
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    var files: [String] = []
    for threads in cores > 1 ? [1, 2] : [1] {
      files.append("\(study.output)/costs-1x\(threads).json")
      try measure(
        files.last!,
        [
          program, "bench", "step", "--config", config, "--threads", "\(threads)", "--repeats", "9",
        ])
    }
    if cores > 1 {
      files.append("\(study.output)/costs-messages.json")
      try measure(
        files.last!,
        [
          "mpirun", "--oversubscribe", "--bind-to", "none", "-np", "2", program, "bench",
          "reduction", "--floats", "600,4000,100000,1000000,4000000",
        ])
    }
    return files
  }

  private func measure(_ file: String, _ command: [String]) throws {
    if FileKind(of: file) == .file { return }
    StandardError.note("measuring \(file)")
    let ending = Subprocess.execute(command + ["--json", file])
    guard ending.status == 0 else {
      throw CommandError(
        description:
          "\(command.joined(separator: " ")): "
          + PointLaunch.problem(status: ending.status ?? -1, errors: ending.errors))
    }
  }
}

extension SimulatedPlatform.Link: ExpressibleByArgument {}
