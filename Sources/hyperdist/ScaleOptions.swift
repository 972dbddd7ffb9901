// The options of commands that make scaling studies.

import ArgumentParser
import Configurations
import Files
import Host
import Reporting
import Scaling

/// Which points, of which problem, and where the study goes.
struct ScaleOptions: ParsableArguments {
  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("Ranks of the points.", valueName: "n,n,..."))
  var ranks = CountList([1, 2])

  @Option(
    help: ArgumentHelp("Threads of a rank; each with each number of ranks.", valueName: "n,n,..."))
  var threads = CountList([1])

  @Flag(
    help: "Latents and shards grow with the cores; the configuration's are those of the fewest.")
  var weak = false

  @Option(help: "The folder of the study; one that was cut off goes on.")
  var output = "scaling"

  @Option(
    help: ArgumentHelp("A study's folder whose points are drawn as a line.", valueName: "folder"))
  var model: String?

  @Flag(help: "Draw points with more threads than cores too.")
  var drawOversubscribed = false

  func validate() throws {
    try requireName(output, "--output")
    try requireName(model, "--model")
  }

  func points(_ configuration: Configuration) throws -> [ScalePoint] {
    try ScalePoint.all(
      ranks: ranks.counts, threads: threads.counts, latents: configuration.training.latents,
      shards: configuration.distribution.shards, isWeak: weak)
  }

  /// The points that are drawn as a line; throws where there is no such study, before the work.
  func modelPoints() throws -> [PointSummary] {
    guard let model else { return [] }
    guard let table = try StepTable(folder: model) else {
      throw BadRequest(
        description:
          "--model \(model): no \(StepTable.fileName) is there; name a folder of hyperdist simulate or scale"
      )
    }
    return ScalingMode.allCases.filter { $0.isWeak == weak }
      .flatMap { PointSummary.all(of: table, $0) }
  }

  /// Writes the study's points and figures, and prints them.
  func show(_ points: [PointSummary], model: [PointSummary]) throws {
    let (files, problem) = try ScalingFiles.write(
      points, to: output, model: model, drawsOversubscribed: drawOversubscribed)
    StandardOutput.line(ScalingText.table(points))
    for file in ["\(output)/\(StepTable.fileName)"] + files { StandardOutput.line(file) }
    if let problem { StandardError.note("hyperdist: \(problem)") }
  }
}
