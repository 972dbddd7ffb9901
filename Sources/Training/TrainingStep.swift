// One training step on this rank's share of the minibatch.

import Collectives
import Datasets
import Host
import Hypernetworks
import Numerics
import Optimizers
import TargetNetworks

/// A training step with all its buffers: latents, hypernetwork, target networks, diversity, reduction,
/// optimizer, in the order of docs/architecture.md. It allocates nothing after its first round.
public final class TrainingStep: @unchecked Sendable {
  public let hypernetwork: Hypernetwork
  public let optimizer: Adam
  public let clock: PhaseClock

  private let settings: StepSettings
  private let plan: ShardPlan
  private let images: LabeledImages
  private let communicator: Communicator
  private let pool: WorkerPool
  private let latents: Latents
  private let diversity: DiversityObjective
  private let engines: [TrainingEngine]
  private let order: ImageOrder
  /// This rank's images of the step, (local samples, images).
  private let indices: AlignedBuffer<Int32>
  private let threadImages: [SharedBuffer<Float>]
  private let threadLabels: [SharedBuffer<UInt8>]
  /// (all samples, 3): cross-entropy sum, number right, requests.
  private let results: AlignedBuffer<Double>
  private let gatherResults: AllGather<Double>
  private let gradientCheck: GradientCheck

  private var step = 0
  private var gradientScale: Float = 0
  private var exchangeError: CollectiveError?

  public init(
    parameters: HypernetworkParameters, settings: StepSettings, plan: ShardPlan,
    images: LabeledImages, communicator: Communicator, pool: WorkerPool
  ) throws {
    let layout = parameters.layout
    let clock = PhaseClock()
    self.settings = settings
    self.plan = plan
    self.images = images
    self.communicator = communicator
    self.pool = pool
    self.clock = clock
    hypernetwork = try Hypernetwork(
      parameters: parameters, fixesGauge: settings.objective.gauge, plan: plan,
      communicator: communicator, reduction: settings.reduction, pool: pool, clock: clock)
    optimizer = Adam(count: layout.parameters.count, pool: pool)
    latents = Latents(architecture: layout.architecture, seed: settings.seed)
    diversity = try DiversityObjective(
      settings: settings.objective, seed: settings.seed, precision: settings.precision,
      exchange: settings.exchange, plan: plan, communicator: communicator, layout: layout,
      pool: pool, clock: clock)
    var engines: [TrainingEngine] = []
    for _ in 0..<pool.threadCount {
      engines.append(
        try TrainingEngine(
          architecture: layout.target, imageCount: settings.imagesPerLatent,
          activations: settings.precision))
    }
    self.engines = engines
    order = ImageOrder(imageCount: images.count, seed: settings.seed)
    let samples = plan.samples(of: communicator.rank)
    indices = AlignedBuffer(count: samples.count * settings.imagesPerLatent)
    threadImages = (0..<pool.threadCount).map { _ in
      SharedBuffer(count: settings.imagesPerLatent * images.shape.count)
    }
    threadLabels = (0..<pool.threadCount).map { _ in SharedBuffer(count: settings.imagesPerLatent) }
    results = AlignedBuffer(count: 3 * plan.sampleCount)
    gatherResults = AllGather(
      communicator, counts: (0..<communicator.size).map { 3 * plan.samples(of: $0).count })
    gradientCheck = GradientCheck(hypernetwork.parameterGradient, pool: pool)
  }

  /// The objective's lambda of a step, from 1 on.
  public func lambda(of step: Int) -> Float {
    Float(
      Double(settings.objective.lambda) * power(Double(settings.objective.lambdaGrowth), step - 1))
  }

  public func learningRate(of step: Int) -> Double {
    settings.learningRate * power(settings.learningRateDecay, step - 1)
  }

  /// Makes step `step` (from 1 on), the parameters being those after step - 1. `measure` asks for the
  /// entropy even where the objective does without. Collective.
  ///
  /// Where the loss or the gradient is not finite, the step is not made: parameters, optimizer and
  /// running averages stay as they are, and the report says why. Adam's bias correction and the decays
  /// of rate and lambda go by the step's number, so they pass over steps that were not made.
  public func run(_ step: Int, measure: Bool, requests: StepRequests = []) throws -> StepReport {
    self.step = step
    clock.restart()
    clock.pulse.enter(.latents, step: step)
    drawInputs()
    clock.mark(.latents)
    clock.pulse.enter(.generate, step: step)
    try hypernetwork.forward()
    try diversity.start(hypernetwork.weights, step: step, measure: measure)

    let lambda = lambda(of: step)
    gradientScale = lambda / Float(plan.sampleCount * settings.imagesPerLatent)
    exchangeError = nil
    clock.pulse.enter(.targets, step: step)
    pool.forEach(hypernetwork.samples.count, targetTask)
    if let exchangeError { throw exchangeError }
    clock.mark(.targets)

    clock.pulse.enter(.diversity, step: step)
    var report = StepReport()
    report.lambda = Double(lambda)
    report.diversity = try diversity.finish(
      hypernetwork.weights, addingTo: hypernetwork.weightGradients)
    try combineResults(&report, requests)
    report.loss = report.lambda * report.accuracyLoss + report.diversity.loss
    let rate = learningRate(of: step)
    report.learningRate = rate
    guard report.loss.isFinite else {
      report.skipped = lossNotFinite(report)
      return report
    }

    clock.pulse.enter(.backward, step: step)
    try hypernetwork.backward()
    guard gradientCheck.passes() else {
      report.skipped = try gradientNotFinite()
      return report
    }
    clock.pulse.enter(.optimizer, step: step)
    hypernetwork.moveRunningAverages(step: step)
    optimizer.update(
      hypernetwork.parameters.values, gradient: hypernetwork.parameterGradient, rate: Float(rate),
      step: step)
    clock.mark(.optimizer)
    return report
  }

  private func drawInputs() {
    let perLatent = settings.imagesPerLatent
    let first = hypernetwork.samples.lowerBound
    order.fill(indices.view, from: ((step - 1) * plan.sampleCount + first) * perLatent)
    for local in 0..<hypernetwork.samples.count {
      latents.fill(
        hypernetwork.latent(local), purpose: .latents, step: step, sample: first + local)
    }
    if let probes = diversity.probes { drawProbes(probes) }
  }

  /// The images that all networks of the step see, each drawn independently from the training images:
  /// functions of (seed, step).
  private func drawProbes(_ probes: ProbeOutputs) {
    let random = CounterRandom(seed: settings.seed, purpose: .probeImages, major: step)
    let size = images.shape.count
    for position in 0..<probes.imageCount {
      let index = random.integer(position, below: images.count)
      images.copyImage(index, into: probes.images.slice(position * size, size))
      probes.labels[position] = images.labels[index]
    }
  }

  private lazy var targetTask: WorkerPool.Body = { [unowned self] local, thread in
    let perLatent = settings.imagesPerLatent
    let pixels = threadImages[thread].view
    let labels = threadLabels[thread].view
    let imageSize = images.shape.count
    for position in 0..<perLatent {
      let index = Int(indices[local * perLatent + position])
      images.copyImage(
        index, into: pixels.slice(position * imageSize, imageSize),
        change: settings.augmentation.change(
          seed: settings.seed, step: step, sample: hypernetwork.samples.lowerBound + local,
          position: position))
      labels[position] = images.labels[index]
    }
    let count = hypernetwork.layout.weightCount
    let result = engines[thread].trainingPass(
      weights: hypernetwork.weights.slice(local * count, count), images: pixels, labels: labels,
      gradientScale: gradientScale,
      gradient: hypernetwork.weightGradients.slice(local * count, count))
    let slot = 3 * (hypernetwork.samples.lowerBound + local)
    results[slot] = result.crossEntropySum
    results[slot + 1] = Double(result.correctCount)
    // MPI belongs to the main thread, which is thread 0.
    if thread == 0 && exchangeError == nil {
      do throws(CollectiveError) { try diversity.progress() } catch { exchangeError = error }
    }
  }

  /// Every rank learns every sample's result and adds them up in the same order.
  private func combineResults(_ report: inout StepReport, _ requests: StepRequests) throws {
    let samples = hypernetwork.samples
    for sample in samples { results[3 * sample + 2] = Double(requests.rawValue) }
    clock.mark(.other)
    try gatherResults.run(
      results.view.slice(3 * samples.lowerBound, 3 * samples.count), into: results.view)
    clock.mark(.communication)
    var crossEntropy = 0.0
    var correct = 0.0
    for sample in 0..<plan.sampleCount {
      crossEntropy += results[3 * sample]
      correct += results[3 * sample + 1]
      report.requests.formUnion(StepRequests(rawValue: Int(results[3 * sample + 2])))
    }
    let imageCount = Double(plan.sampleCount * settings.imagesPerLatent)
    report.accuracyLoss = crossEntropy / imageCount
    report.trainAccuracy = correct / imageCount
  }

  /// Why the loss is not finite, from what all ranks know.
  private func lossNotFinite(_ report: StepReport) -> SkippedStep {
    if let sample = (0..<plan.sampleCount).first(where: { !results[3 * $0].isFinite }) {
      return skipped(.crossEntropy, sample)
    }
    if let sample = report.diversity.sampleWithoutDistance { return skipped(.distance, sample) }
    return skipped(.loss, nil)
  }

  /// Which parameter's gradient is refused, and the first sample whose own gradient shows it. Collective:
  /// all ranks have the same gradient.
  private func gradientNotFinite() throws -> SkippedStep {
    let gradient = hypernetwork.parameterGradient
    let entry = hypernetwork.layout.parameters.entries.first {
      !GradientCheck.hasFiniteSquares(gradient.slice($0.range))
    }
    let count = hypernetwork.layout.weightCount
    let local = (0..<hypernetwork.samples.count).first { local in
      let own = hypernetwork.weightGradients.slice(local * count, count)
      return (0..<count).contains { !own[$0].isFinite }
    }
    let distance = local.map { plan.sampleCount - hypernetwork.samples.lowerBound - $0 } ?? 0
    let largest = try communicator.max(distance)
    return skipped(
      .gradient(parameter: entry?.name ?? "a parameter"),
      largest > 0 ? plan.sampleCount - largest : nil)
  }

  private func skipped(_ quantity: SkippedStep.Quantity, _ sample: Int?) -> SkippedStep {
    SkippedStep(
      quantity: quantity, sample: sample,
      rank: sample.flatMap { sample in
        (0..<plan.rankCount).first { plan.samples(of: $0).contains(sample) }
      })
  }
}
