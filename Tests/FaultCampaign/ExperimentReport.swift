// What came of an experiment.

import Foundation

/// Runs its trials, prints failures at once and counts outcomes.
struct ExperimentReport {
  private(set) var failures = 0
  private var outcomes: [String: Int] = [:]
  private let experiment: any Experiment
  private var trials = 0
  private var seconds = 0.0

  init(_ experiment: any Experiment, _ options: CampaignOptions, _ laboratory: Laboratory) throws {
    self.experiment = experiment
    let begin = ProcessInfo.processInfo.systemUptime
    let count = try experiment.trials(complete: !options.isQuick, laboratory)
    let spread = Array(stride(from: 0, to: count, by: max(1, count / options.most)))
    let chosen = options.trial.map { [$0] } ?? Array(spread.prefix(options.most))
    for number in chosen where number < count {
      let trial = Trial(
        experiment, number: number, seed: options.seed, isComplete: !options.isQuick)
      trials += 1
      do {
        outcomes[try experiment.run(trial, laboratory), default: 0] += 1
      } catch {
        failures += 1
        Progress.say("FAILED \(experiment.name), trial \(number): \(error)")
      }
    }
    // A single trial may be repeated for what it does.
    if trials > 1, !outcomes.isEmpty, outcomes.keys.allSatisfy(experiment.isIdle) {
      failures += 1
      Progress.say("FAILED \(experiment.name): nothing was done to the program in any trial")
    }
    seconds = ProcessInfo.processInfo.systemUptime - begin
  }

  /// One line for the experiment and one for each outcome.
  var text: String {
    let head =
      "\(experiment.name): \(trials) trials, \(failures) failed, \(Int(seconds)) s (\(experiment.fault))"
    return ([head] + outcomes.sorted { $0.key < $1.key }.map { "  \($0.value)  \($0.key)" })
      .joined(separator: "\n")
  }
}
