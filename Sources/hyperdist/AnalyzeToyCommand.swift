// hyperdist analyze toy

import ArgumentParser
import Reporting
import TensorCore
import ToyProblem
import Training

struct AnalyzeToyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "toy", abstract: "Draw the toy problem's mixture, its curve and density.")

  @Argument(help: "A checkpoint of the toy problem.")
  var checkpoint: String

  @Option(help: "The folder for curve.csv, peaks.csv, mixture.csv, toy.svg and toy.png.")
  var output = "figures"

  /// The work is one processor's: rank 0 does it.
  func run() throws {
    guard LaunchedRank.rank == 0 else { return }
    let trained = try TrainedToy(checkpoint: checkpoint)
    let analysis = ToyAnalysis(
      trained.curve, parameters: trained.parameters.view, mixture: trained.mixture)
    let figure = ToyFigure(analysis, mixture: trained.mixture)
    print(figure.text(step: trained.header.step))
    for path in try figure.write(to: output) { StandardError.note(path) }
  }
}
