// One training step of the toy problem, on all ranks.

import Collectives
import Configurations
import Host
import Hypernetworks
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

  private let seed: UInt64
  private let learningRate: Schedule
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
    seed = configuration.training.seed
    learningRate = configuration.learningRateSchedule
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
    gradientCheck = GradientCheck(count: parameterCount, pool: pool)
  }

  var state: TrainingState {
    TrainingState(TrainingState.tensors(curve, parameters, optimizer))
  }

  func run(_ step: Int, measure: Bool, requests: StepRequests) throws -> StepReport {
    try clock.measureStep(step) {
      let rate = learningRate.value(at: step)

      clock.measure(.generate) { generate(step, requests) }
      try clock.communicate(gatherPoints.run(ownNumbers, into: gathered.view))
      let (value, asked) = clock.measure(.diversity) {
        let asked = unpack(into: points.view)
        return (objective.evaluate(points.view, gradient: pointGradients.view), asked)
      }
      var report = StepReport(
        accuracyLoss: -value.meanDensity, trainAccuracy: .nan, diversity: diversity(value),
        lambda: 1, learningRate: rate, requests: asked)
      report.loss = value.loss
      guard report.loss.isFinite, !asked.contains(.skip) else {
        report.skipped = SkippedStep(quantity: .loss)
        return report
      }
      try clock.measure(.backward) {
        backward(pointGradients.view)
        try clock.communicate(gatherGradients.run(ownGradients, into: gradients.view))
        sumGradients(into: gradient.view)
      }
      guard gradientCheck.passes(gradient.view) else {
        report.skipped = SkippedStep(quantity: .gradient(parameter: "the curve"))
        return report
      }
      clock.measure(.optimizer) {
        optimizer.update(parameters, gradient: gradient.view, rate: Float(rate), step: step)
      }
      return report
    }
  }

  /// This rank's points, and what it asks for, among the gathered numbers.
  private var ownNumbers: DoubleView { gathered.view.slice(firstNumber, 2 * samples.count + 1) }

  /// This rank's points' gradients among all.
  private var ownGradients: DoubleView {
    gradients.view.slice(
      samples.lowerBound * curve.layout.count, samples.count * curve.layout.count)
  }

  private func activations(of local: Int) -> DoubleView {
    activations.view.slice(local * curve.activationCount, curve.activationCount)
  }

  /// Overwrites this rank's numbers.
  private func generate(_ step: Int, _ requests: StepRequests) {
    let numbers = ownNumbers
    for (local, sample) in samples.enumerated() {
      let z = CounterRandom(
        seed: seed, purpose: .latents, major: step, minor: sample)
      let point = curve.point(
        2 * Double(z.uniform(0)) - 1, parameters: parameters, activations: activations(of: local))
      numbers[2 * local] = point.x
      numbers[2 * local + 1] = point.y
    }
    numbers[2 * samples.count] = Double(requests.rawValue)
  }

  /// Overwrites `points` with all ranks' in one run; returns what any rank asks for.
  private func unpack(into points: DoubleView) -> StepRequests {
    var requests: StepRequests = []
    for rank in 0..<rankCount {
      let first = rank * sampleCount / rankCount
      let count = (rank + 1) * sampleCount / rankCount - first
      points.slice(2 * first, 2 * count).copy(
        from: gathered.view.slice(2 * first + rank, 2 * count))
      requests.formUnion(StepRequests(gathered: Double(gathered[2 * first + rank + 2 * count])))
    }
    return requests
  }

  private func diversity(_ value: ToyObjective.Value) -> DiversityReport {
    var report = DiversityReport()
    report.loss = -objective.entropyWeight * value.entropy
    report.entropy = value.entropy
    report.nearestMean = value.nearestMean
    report.nearestMinimum = value.nearestMinimum
    return report
  }

  /// Overwrites this rank's points' gradients with respect to the parameters.
  private func backward(_ pointGradients: DoubleView) {
    let count = curve.layout.count
    for (local, sample) in samples.enumerated() {
      curve.backward(
        Point(pointGradients[2 * sample], pointGradients[2 * sample + 1]), parameters: parameters,
        activations: activations(of: local), gradient: ownGradients.slice(local * count, count))
    }
  }

  /// The sum over all points, in their order.
  private func sumGradients(into gradient: FloatView) {
    for index in 0..<gradient.count {
      var sum = 0.0
      for sample in 0..<sampleCount { sum += gradients[sample * gradient.count + index] }
      gradient[index] = Float(sum)
    }
  }
}
