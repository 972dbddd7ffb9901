// What networks say that predict numbers.

import TargetNetworks

extension EnsembleGraph {
  /// Appends predictions in the targets' own units, of networks and of all together, of `outputs`, (images, networks, outputs).
  func appendNumbers(of outputs: String, networks: ONNXDimension) -> [ONNXValue] {
    let count = target.targetCount
    let parts = builder.split(
      outputs, target.loss.givesVariances ? [count, count] : [count], axis: 2)
    var results: [ONNXValue] = []
    func give(_ name: String, ofNetworks: Bool, _ documentation: String) {
      results.append(
        ONNXValue(
          name: name,
          shape: [.named("batch")] + (ofNetworks ? [networks] : []) + [.fixed(count)],
          documentation: documentation))
    }
    let predictions = inUnits(parts[0], isShifted: true, as: "predictions")
    give(predictions, ofNetworks: true, "each network's predictions, in the targets' own units")
    let noise = noise(parts)
    if let deviations = noise.deviations {
      give(deviations, ofNetworks: true, "standard deviations of each network's predictions")
    }
    let mean = builder.mean(predictions, axes: [1], keeps: false, as: "mean_predictions")
    give(mean, ofNetworks: false, "the ensemble's: the mean of the networks' predictions")
    let distance = builder.add("Sub", [predictions, builder.insertAxis(mean, at: 1)])
    let variance = builder.mean(
      builder.add("Mul", [distance, distance]), axes: [1], keeps: false)
    give(
      builder.add("Sqrt", [variance], as: "network_spread"), ofNetworks: false,
      "standard deviations of the networks' predictions among each other")
    if let own = noise.meanVariance {
      give(
        builder.add("Sqrt", [builder.add("Add", [own, variance])], as: "mixture_deviations"),
        ofNetworks: false, "standard deviations of the mixture of what the networks predict")
    }
    return results
  }

  /// Of networks that give a density: deviations, where each network has its own, and the mean of variances over networks.
  private func noise(_ parts: [String]) -> (deviations: String?, meanVariance: String?) {
    let loss = target.loss
    guard loss.hasDensity else { return (nil, nil) }
    guard loss.givesVariances else {
      let deviation = builder.constant("targets/noise", shape: [1], [loss.fixedDeviation])
      let own = inUnits(deviation, isShifted: false, as: "targets/deviations_of_noise")
      return (nil, builder.add("Mul", [own, own]))
    }
    let variances = variances(parts[1])
    let deviations = inUnits(
      builder.add("Sqrt", [variances]), isShifted: false, as: "deviations")
    let squares = builder.add("Mul", [deviations, deviations])
    return (deviations, builder.mean(squares, axes: [1], keeps: false))
  }

  /// The variances whose logarithms networks' outputs are, as ``Loss`` has them: beyond its largest exponent along the tangent.
  private func variances(_ logarithms: String) -> String {
    func constant(_ name: String, _ value: Double) -> String {
      builder.constant("targets/\(name)", shape: [1], [Float(value)])
    }
    let exponents = builder.add(
      "Min", [logarithms, constant("largest_exponent", Loss.largestExponent)])
    let growth = builder.add(
      "Add", [builder.add("Sub", [logarithms, exponents]), constant("one", 1)])
    let grown = builder.add("Mul", [builder.add("Exp", [exponents]), growth])
    return builder.add("Add", [grown, constant("floor", Loss.varianceFloor)])
  }

  /// From the units in which targets are normalized to their own.
  private func inUnits(_ value: String, isShifted: Bool, as name: String) -> String {
    guard let targets = units.targets else { return builder.add("Identity", [value], as: name) }
    let shape = [targets.means.count]
    let factors = builder.constant("targets/deviations", shape: shape, targets.deviations)
    guard isShifted else { return builder.add("Mul", [value, factors], as: name) }
    let means = builder.constant("targets/means", shape: shape, targets.means)
    return builder.add("Add", [builder.add("Mul", [value, factors]), means], as: name)
  }
}
