// hyperdist analyze toy

import ArgumentParser
import Host
import Reporting
import RunFiles
import ToyProblem
import TrainedModels

struct AnalyzeToyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "toy", abstract: "Draw the toy problem's mixture, its curve and density.")

  @Argument(help: "A checkpoint of the toy problem.")
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "The folder for curve.csv, peaks.csv, mixture.csv, toy.svg and toy.png (default: figures of the "
        + "checkpoint's run folder, which report shows; figures for a checkpoint outside one).",
      valueName: "dir"))
  var output: String?

  func validate() throws {
    try requireName(checkpoint, "CHECKPOINT")
    try requireName(output, "--output")
  }

  func run() throws { try SoleRank.run(analyze) }

  private func analyze() throws {
    let trained = try TrainedToy(checkpoint: checkpoint)
    let folder = OutputFolder(
      output ?? RunFolder(ofCheckpoint: checkpoint)?.figures ?? "figures", option: "--output")
    try folder.prepare()
    let analysis = ToyAnalysis(
      trained.curve, parameters: trained.parameters.view, mixture: trained.mixture)
    let figure = ToyFigure(analysis, mixture: trained.mixture)
    StandardOutput.line(figure.text(step: trained.header.step))
    let (files, problem) = try figure.write(to: folder.path)
    for path in files { StandardError.note(path) }
    if let problem { StandardError.note("warning: \(problem)") }
  }
}
