// Breaks trainings on purpose, from outside, and checks the promises of docs/reliability.md.

import Foundation
import Glibc

let experiments: [any Experiment] = [
  KilledRank(), StopSignals(), OtherSignals(), FailedWrites(), FailedOutputs(), FullDisk(),
  DamagedCheckpoint(), UnequalViews(), ForeignCheckpoint(), StoppedRank(), SharedFolder(),
  TornLines(), ManyRanks(), FaultyNumbers(),
]

guard let options = CampaignOptions(Array(CommandLine.arguments.dropFirst())),
  options.only.allSatisfy({ name in experiments.contains { $0.name == name } })
else {
  Progress.say(CampaignOptions.usage)
  exit(2)
}
if options.isList {
  for experiment in experiments { Progress.say("\(experiment.name): \(experiment.fault)") }
  exit(0)
}
guard access(options.program, X_OK) == 0 else {
  Progress.say("FaultCampaign: there is no program \(options.program); give it by --program")
  exit(2)
}
guard options.program.split(separator: "/").last == "hyperdist" else {
  Progress.say(
    "FaultCampaign: \(options.program) is not called hyperdist, by which its ranks are found; rename it"
  )
  exit(2)
}

Progress.say(
  "seed \(options.seed), \(options.isQuick ? "shortened" : "complete"): \(options.program)")
var failures = 0
do {
  let laboratory = try Laboratory(program: options.program, patience: options.patience)
  for experiment in experiments
  where options.only.isEmpty || options.only.contains(experiment.name) {
    let report = try ExperimentReport(experiment, options, laboratory)
    Progress.say(report.text)
    failures += report.failures
  }
} catch {
  Progress.say("FaultCampaign: \(error)")
  exit(1)
}
Progress.say(failures == 0 ? "every promise was kept" : "\(failures) trials failed")
exit(failures == 0 ? 0 : 1)
