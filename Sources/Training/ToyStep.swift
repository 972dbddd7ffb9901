// One training step of the toy problem, on all ranks.

import Collectives
import Configurations
import Host
import Numerics
import Optimizers
import ToyProblem

/// A step of the toy problem. The points of a step are dealt to the ranks; ranks beyond their number
/// hold none, and take part in everything else. All points, and later all points' gradients, are gathered on
/// all ranks, which add them up in the order of the points: the bits do not depend on the rank count.
///
/// Cost: two messages a step.
final class ToyStep: OptimizationStep {
  let clock = PhaseClock()
  let curve: ToyCurve
  let optimizer: Adam
  var parameters: FloatView { parameterBuffer.view }

  private let configuration: Configuration
  private let objective: ToyObjective
  private let sampleCount: Int
  /// This rank's points, and where its part of the gathered numbers begins.
  private let samples: Range<Int>
  private let firstNumber: Int
  private let rankCount: Int
  private let parameterBuffer: AlignedBuffer<Float>
  /// For each rank its points, (points, 2), and what it asks for.
  private let gathered: AlignedBuffer<Double>
  private let gatherPoints: AllGather<Double>
  private let points: AlignedBuffer<Double>
  private let pointGradients: AlignedBuffer<Double>
  private let activations: AlignedBuffer<Double>
  /// (all points, parameters)
  private let gradients: AlignedBuffer<Double>
  private let gatherGradients: AllGather<Double>
  private let gradient: AlignedBuffer<Float>
  private let gradientCheck: GradientCheck

  init(_ configuration: Configuration, communicator: Communicator, pool: WorkerPool) {
    self.configuration = configuration
    let count = configuration.training.latents
    let rankCount = communicator.size
    func samples(of rank: Int) -> Range<Int> {
      rank * count / rankCount..<(rank + 1) * count / rankCount
    }
    sampleCount = count
    self.rankCount = rankCount
    self.samples = samples(of: communicator.rank)
    firstNumber = 2 * self.samples.lowerBound + communicator.rank
    curve = ToyCurve(hidden: configuration.toy.hidden)
    objective = configuration.toyObjective
    let parameterCount = curve.layout.count
    parameterBuffer = AlignedBuffer(count: parameterCount)
    curve.initialize(parameterBuffer.view, seed: configuration.training.seed)
    optimizer = Adam(count: parameterCount, pool: pool)
    gathered = AlignedBuffer(count: 2 * count + rankCount)
    gatherPoints = AllGather(
      communicator, counts: (0..<rankCount).map { 2 * samples(of: $0).count + 1 })
    points = AlignedBuffer(count: 2 * count)
    pointGradients = AlignedBuffer(count: 2 * count)
    activations = AlignedBuffer(count: self.samples.count * curve.activationCount)
    gradients = AlignedBuffer(count: count * parameterCount)
    gatherGradients = AllGather(
      communicator, counts: (0..<rankCount).map { samples(of: $0).count * parameterCount })
    gradient = AlignedBuffer(count: parameterCount)
    gradientCheck = GradientCheck(gradient.view, pool: pool)
  }

  func run(_ step: Int, measure: Bool, requests: StepRequests) throws -> StepReport {
    clock.restart()
    clock.pulse.enter(.generate, step: step)
    for (local, sample) in samples.enumerated() {
      let z = CounterRandom(
        seed: configuration.training.seed, purpose: .latents, major: step, minor: sample)
      let point = curve.point(
        2 * Double(z.uniform(0)) - 1, parameters: parameters, activations: activations(of: local))
      gathered[firstNumber + 2 * local] = point.x
      gathered[firstNumber + 2 * local + 1] = point.y
    }
    gathered[firstNumber + 2 * samples.count] = Double(requests.rawValue)
    clock.mark(.generate)
    try gatherPoints.run(
      gathered.view.slice(firstNumber, 2 * samples.count + 1), into: gathered.view)
    clock.mark(.communication)

    clock.pulse.enter(.diversity, step: step)
    var report = StepReport()
    unpack(&report)
    let value = objective.evaluate(points.view, gradient: pointGradients.view)
    report.loss = value.loss
    report.accuracyLoss = -value.meanDensity
    report.trainAccuracy = .nan
    report.lambda = 1
    report.diversity.loss = -objective.entropyWeight * value.entropy
    report.diversity.entropy = value.entropy
    report.diversity.nearestMean = value.nearestMean
    report.diversity.nearestMinimum = value.nearestMinimum
    let training = configuration.training
    report.learningRate = training.learningRate * power(training.learningRateDecay, step - 1)
    clock.mark(.diversity)
    guard report.loss.isFinite else {
      report.skipped = SkippedStep(quantity: .loss)
      return report
    }

    clock.pulse.enter(.backward, step: step)
    let count = curve.layout.count
    for (local, sample) in samples.enumerated() {
      curve.backward(
        Point(pointGradients[2 * sample], pointGradients[2 * sample + 1]), parameters: parameters,
        activations: activations(of: local), gradient: gradients.view.slice(sample * count, count))
    }
    clock.mark(.backward)
    try gatherGradients.run(
      gradients.view.slice(samples.lowerBound * count, samples.count * count),
      into: gradients.view)
    clock.mark(.communication)
    for index in 0..<count {
      var sum = 0.0
      for sample in 0..<sampleCount { sum += gradients[sample * count + index] }
      gradient[index] = Float(sum)
    }
    guard gradientCheck.passes() else {
      report.skipped = SkippedStep(quantity: .gradient(parameter: "the curve"))
      return report
    }
    clock.pulse.enter(.optimizer, step: step)
    optimizer.update(
      parameters, gradient: gradient.view, rate: Float(report.learningRate), step: step)
    clock.mark(.optimizer)
    return report
  }

  private func activations(of local: Int) -> DoubleView {
    activations.view.slice(local * curve.activationCount, curve.activationCount)
  }

  /// All ranks' points in one run, and what any of them asks for.
  private func unpack(_ report: inout StepReport) {
    for rank in 0..<rankCount {
      let first = rank * sampleCount / rankCount
      let count = (rank + 1) * sampleCount / rankCount - first
      points.view.slice(2 * first, 2 * count).copy(
        from: gathered.view.slice(2 * first + rank, 2 * count))
      report.requests.formUnion(
        StepRequests(rawValue: Int(gathered[2 * first + rank + 2 * count])))
    }
  }
}
