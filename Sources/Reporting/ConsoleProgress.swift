// Progress of a training on a terminal, or in plain lines elsewhere.

import Evaluation
import Glibc
import Host
import Numerics
import Training

/// Prints a training's events to standard error: on a terminal with one line that is redrawn, otherwise
/// a line now and then. The final figures go to standard output.
public final class ConsoleProgress: TrainingObserver {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var start: TrainingStart?
  private var begin = monotonicSeconds()
  private var lastDrawn = 0.0
  private var isLineOpen = false

  private let threads: String

  /// `threads` says how many each rank has, and why.
  public init(threads: String) { self.threads = threads }

  public func started(_ start: TrainingStart) {
    self.start = start
    begin = monotonicSeconds()
    let ranks = start.rankCount == 1 ? "1 rank" : "\(start.rankCount) ranks"
    line("run folder   \(start.runDirectory)")
    line("data         \(start.dataName), \(start.dataLocation)")
    let outputs =
      start.problem == .toy ? "points of a plane" : "\(start.weightCount) weights"
    line(
      start.method == .none
        ? "model        \(start.parameterCount) trainable numbers generate \(outputs)"
        : "networks     \(start.parameterCount / start.weightCount) of \(outputs), \(start.method.rawValue)"
    )
    line("machine      \(ranks) x \(threads)")
    if let path = start.resumedFrom {
      line("resumed      step \(start.resumedStep), from \(path)")
    }
    let items = start.problem == .toy ? "points" : "images"
    line("training     to step \(start.steps), \(start.imagesPerStep) \(items) a step")
  }

  public func finishedStep(_ step: Int, _ report: StepReport) {
    guard let start else { return }
    let now = monotonicSeconds()
    let isLast = step == start.steps
    guard isLast || now - lastDrawn >= (isTerminal ? 0.2 : 10) else { return }
    lastDrawn = now
    let rate = Double(step - start.resumedStep) / (now - begin)
    let remaining = Double(start.steps - step) / rate
    let figures =
      "step \(step)/\(start.steps)  "
      + (start.problem == .toy || report.trainAccuracy.isNaN
        ? "loss \(Format.fixed(report.loss, 2))  "
        : "accuracy \(Format.percent(report.trainAccuracy))  ")
      + (start.method == .none
        ? "entropy \(Format.fixed(report.diversity.entropy, 1))  "
        : "mean loss \(Format.fixed(report.accuracyLoss, 4))  ")
      + "\(Format.fixed(rate, 1)) steps/s  \(Format.duration(remaining)) left"
    if isTerminal {
      StandardError.write("\r\u{1B}[K\(ProgressBar.bar(step, of: start.steps)) \(figures)")
      isLineOpen = true
    } else {
      line(figures)
    }
  }

  public func warned(_ text: String) { line("warning: \(text)") }

  public func skippedStep(_ step: Int, _ skipped: SkippedStep, count: Int) {
    line("warning: step \(step) skipped: \(skipped.text) is not finite (\(count) in a row)")
  }

  public func validated(_ step: Int, _ figures: NetworkFigures) {
    switch figures {
    case .classes(let result): validated(step, result)
    case .numbers(let result):
      line(
        "step \(step)  validation of \(result.samples) networks: RMSE "
          + "\(Format.figures(Statistics.mean(result.networkRMSE))), of their mean "
          + "\(Format.figures(result.scores.rmse)), NLL of their mixture "
          + Format.fixed(result.scores.nll, 4))
    }
    for warning in figures.layers?.warnings ?? [] { warned(warning) }
  }

  private func validated(_ step: Int, _ result: EnsembleResult) {
    line(
      "step \(step)  validation of \(result.samples) networks: mean "
        + "\(Format.percent(result.meanAccuracy)) (\(Format.percent(result.minAccuracy)) - "
        + "\(Format.percent(result.maxAccuracy))), majority vote "
        + "\(Format.percent(result.majorityAccuracy)), mean probability "
        + Format.percent(result.meanProbabilityAccuracy)
        + (result.disagreement.map { ", pairs disagree on \(Format.percent($0))" } ?? ""))
  }

  public func saved(_ step: Int, path: String, isBest: Bool) {
    line("step \(step)  saved \(path)\(isBest ? ", the best so far" : "")")
  }

  public func stopped(_ outcome: TrainingOutcome) {
    if let signal = outcome.stopSignal {
      line("stopped at step \(outcome.step) on \(signal); continue with --resume auto")
      return
    }
    line("finished step \(outcome.step) in \(Format.duration(outcome.seconds))")
    guard let start else { return }
    let networks = start.method == .none ? "generated networks" : "networks"
    switch outcome.validation {
    case nil: break
    case .numbers(let result):
      StandardOutput.line(
        "mean RMSE of \(result.samples) \(networks) on validation images: "
          + Format.figures(Statistics.mean(result.networkRMSE)))
      StandardOutput.line(
        "together: RMSE of their mean \(Format.figures(result.scores.rmse)), NLL of their mixture "
          + "\(Format.fixed(result.scores.nll, 4)), CRPS \(Format.figures(result.scores.crps))")
    case .classes(let result):
      StandardOutput.line(
        "mean accuracy of \(result.samples) \(networks) on validation images: "
          + Format.percent(result.meanAccuracy))
      StandardOutput.line(
        "accuracy of their ensemble: \(Format.percent(result.majorityAccuracy)) by majority vote, "
          + "\(Format.percent(result.meanProbabilityAccuracy)) by mean probability")
    }
    let checkpoint = "\(start.runDirectory)/checkpoints/latest"
    StandardOutput.line("next:")
    if start.problem == .toy {
      StandardOutput.line(
        "  hyperdist analyze toy \(checkpoint) --output figures     the curve, drawn")
      StandardOutput.line("  hyperdist inspect \(checkpoint)")
      return
    }
    if let networks = outcome.networks {
      StandardOutput.line(
        "  hyperdist evaluate \(networks)                 the networks on the test images")
      StandardOutput.line("  hyperdist analyze similarity \(networks)")
      return
    }
    StandardOutput.line(
      "  hyperdist evaluate \(checkpoint)                 200 networks on the test images")
    StandardOutput.line("  hyperdist sample \(checkpoint) --count 10 --output networks.h5")
    StandardOutput.line("  hyperdist inspect \(checkpoint)")
  }

  /// A line of its own, behind whatever was being redrawn.
  private func line(_ text: String) {
    if isLineOpen { StandardError.write("\n") }
    isLineOpen = false
    StandardError.note(text)
  }
}
