// hyperdist compare, of networks that predict numbers.

import Configurations
import Evaluation
import Host
import Reporting
import TrainedModels

extension CompareCommand {
  /// Options that go by classes.
  func requireNoClasses() throws {
    for (option, isGiven) in [("--ood", outliers.ood != nil), ("--pool", pool != nil)]
    where isGiven {
      throw BadRequest(
        description:
          "\(option) goes by the probabilities of classes: it has no meaning for networks that predict numbers (leave it out)"
      )
    }
  }

  /// Measures all of them, and writes comparison-numbers.json into `folder`. Collective.
  func compareNumbers(
    _ items: [Item], in folder: OutputFolder, since begin: Double, _ session: Session,
    fallback: Configuration?
  ) throws {
    let methods = try items.map { try measureNumbers($0, fallback, session) }
    guard session.isRoot else { return }
    let comparison = RegressionComparison(
      data: items[0].configuration.data.title, split: split.rawValue, seed: generation.seed,
      methods: methods)
    let path = try ComparisonFiles.write(comparison, to: folder.path)
    try figures.write(
      comparison.json,
      orText: comparison.text(seconds: monotonicSeconds() - begin) + "\n  \(path)")
  }

  private func measureNumbers(_ item: Item, _ fallback: Configuration?, _ session: Session) throws
    -> ComparedRegression
  {
    let opened = try open(item, fallback, session)
    let (trained, data, sets) = (opened.networks, opened.data, opened.sets)
    try session.require {
      var need = MemoryNeed()
      need.add(
        "--samples \(item.samples)", bytes: item.samples, sets.evaluated.count,
        8 * trained.target.targetCount)
      return need
    }
    let evaluator = try generation.evaluator(trained, data, session, networks: item.samples)
    let bar = ProgressBar(
      "\(item.name), \(item.samples) networks",
      total: evaluator.ownNetworks(item.samples).count * sets.passes(limit: limit.images),
      isShown: session.isRoot)
    let (report, _) = try evaluator.reportRegression(
      EvaluationRequest(
        networkCount: item.samples, seed: generation.seed, imageLimit: limit.images,
        progress: bar.advance), on: sets)
    bar.finish()
    return ComparedRegression(
      name: item.name, file: item.file, networks: trained.state, step: trained.step,
      report: report, cost: try trained.cost(networks: item.samples),
      coreSeconds: trained.coreSeconds(file: item.file))
  }
}
