// Diversity terms on networks' outputs, against their formulas in double precision.

import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct DiversityObjectiveTests {
  private let samples = 8
  private let probes = 5
  /// Of a committee.
  private let images = 6
  private let pixels = 9
  private let hidden = 4
  private let classes = 3

  private func layout() throws -> HypernetworkLayout {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 1, height: 3, width: 3),
      layers: [.fullyConnected(outputs: hidden), .relu, .fullyConnected(outputs: classes)])
    return try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 6, prior: .normal, codeSize: 4, extractorHidden: [5],
        generatorHidden: [[5], [5]]), target: target)
  }

  private func objective(_ settings: ObjectiveSettings, exchange: Exchange, threads: Int = 1) throws
    -> DiversityObjective
  {
    let objective = try DiversityObjective(
      settings: settings, seed: 3, imagesPerLatent: images, precision: .float32,
      exchange: exchange,
      plan: try ShardPlan(sampleCount: samples, shardCount: 4, rankCount: 1), communicator: .alone,
      layout: layout(), pool: WorkerPool(threadCount: threads) { LibraryThreads.useOne() },
      clock: PhaseClock())
    guard let inputs = objective.probes else { return objective }
    CounterRandom(seed: 4, purpose: .test).fillUniform(inputs.images, low: 0, high: 1)
    for image in 0..<probes { inputs.answers.classes![image] = ClassLabel(image % classes) }
    return objective
  }

  /// Probabilities of one network, images x classes, by the formulas.
  private func probabilities(_ theta: ArraySlice<Double>, _ images: [Double]) -> [Double] {
    let w = Array(theta)
    func layer(_ x: [Double], _ offset: Int, _ count: Int) -> [Double] {
      (0..<count).map { o in
        let row = offset + o * (x.count + 1)
        return x.indices.reduce(w[row + x.count]) { $0 + w[row + $1] * x[$1] }
      }
    }
    return (0..<probes).flatMap { image -> [Double] in
      let x = Array(images[image * pixels..<(image + 1) * pixels])
      let h = layer(x, 0, hidden).map { max($0, 0) }
      let logits = layer(h, hidden * (pixels + 1), classes)
      let powers = logits.map { exp($0 - logits.max()!) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
  }

  private func naiveLoss(_ settings: ObjectiveSettings, _ theta: [Double], _ images: [Double])
    -> Double
  {
    let count = theta.count / samples
    let outputs = (0..<samples).map {
      probabilities(theta[$0 * count..<($0 + 1) * count], images)
    }
    if settings.diversity == .ensemble {
      let logarithms = (0..<probes).map { image in
        log(
          outputs.reduce(0) { $0 + $1[image * classes + image % classes] } / Double(samples)
            + 1e-12)
      }
      return -logarithms.reduce(0, +) / Double(probes)
    }
    var sum = 0.0
    for i in 0..<samples {
      let distances = (0..<samples).filter { $0 != i }.map { j in
        let differences = zip(outputs[i], outputs[j]).map { abs($0 - $1) }
        return settings.metric == .l1
          ? differences.reduce(0, +) : differences.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      sum += log(distances.sorted()[settings.neighbour - 1] + 1e-8)
    }
    return
      -(Statistics.digamma(samples) - Statistics.digamma(settings.neighbour) + Statistics.digamma(1)
      + 6 / Double(samples) * sum)
  }

  @Test(arguments: [
    (Diversity.outputEntropy, DistanceMetric.l2, 1), (.outputEntropy, .l1, 2), (.ensemble, .l1, 1),
  ])
  func valueAndGradientAgainstNaive(
    diversity: Diversity, metric: DistanceMetric, neighbour: Int
  ) throws {
    let settings = ObjectiveSettings(
      diversity: diversity, metric: metric, neighbour: neighbour, probeImages: probes)
    let objective = try objective(settings, exchange: .allgather)
    let count = try layout().weightCount
    let theta = AlignedBuffer<Float>(count: samples * count)
    CounterRandom(seed: 5, purpose: .test).fillNormal(theta.view)
    let gradient = AlignedBuffer<Float>(count: theta.count)
    gradient.view.fill(0.25)  // the term adds to what is there
    try objective.start(theta.view, step: 1, measure: false)
    let report = try objective.finish(theta.view, addingTo: gradient.view)
    let exact = theta.view.array.map(Double.init)
    let images = objective.probes!.images.array.map(Double.init)
    let naive = naiveLoss(settings, exact, images)
    #expect(abs(report.loss - naive) <= 2e-5 * (1 + abs(naive)))
    var largest = 0.0
    for index in stride(from: 0, to: exact.count, by: 3) {
      let numeric = CentralDifference.slope(at: exact, index, step: 1e-5) {
        naiveLoss(settings, $0, images)
      }
      largest = max(largest, abs(numeric))
      #expect(
        abs(Double(gradient[index]) - 0.25 - numeric) <= 1e-5 + 1e-3 * abs(numeric),
        "element \(index): \(gradient[index] - 0.25), numerically \(numeric)")
    }
    #expect(largest > 0.01)
  }

  @Test(arguments: [Diversity.outputEntropy, .ensemble])
  func exchangesAndThreadsGiveTheSameBits(diversity: Diversity) throws {
    let settings = ObjectiveSettings(diversity: diversity, probeImages: probes)
    let count = try layout().weightCount
    let theta = AlignedBuffer<Float>(count: samples * count)
    CounterRandom(seed: 5, purpose: .test).fillNormal(theta.view)
    var results: [([Float], Double)] = []
    for (exchange, threads) in [(Exchange.allgather, 1), (.sliced, 1), (.sliced, 3)] {
      let objective = try objective(settings, exchange: exchange, threads: threads)
      let gradient = AlignedBuffer<Float>(count: theta.count)
      try objective.start(theta.view, step: 1, measure: true)
      let report = try objective.finish(theta.view, addingTo: gradient.view)
      #expect(report.entropy.isFinite && report.loss.isFinite)
      results.append((gradient.view.array, report.loss))
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
    #expect(results[0].0.contains { $0 != 0 })
  }

  // MARK: Committees

  /// Of each sample's images; members of a committee have the same.
  private func labels(_ settings: ObjectiveSettings) -> [ClassLabel] {
    (0..<samples * images).map { place in
      let (sample, image) = (place / images, place % images)
      return ClassLabel((sample / settings.committee + image) % classes)
    }
  }

  /// Of the members' probabilities on their images, (samples, images, classes).
  private func naiveCommitteeLoss(_ settings: ObjectiveSettings, _ outputs: [Double]) -> Double {
    let (committee, width) = (settings.committee, images * classes)
    let labels = labels(settings)
    if settings.diversity == .ensemble {
      var logarithms = 0.0
      for group in 0..<samples / committee {
        for image in 0..<images {
          let members = group * committee..<(group + 1) * committee
          let given = members.map { member in
            outputs[member * width + image * classes + Int(labels[member * images + image])]
          }
          logarithms += log(given.reduce(0, +) / Double(committee) + 1e-12)
        }
      }
      return -logarithms / Double(samples / committee * images)
    }
    var sum = 0.0
    for i in 0..<samples {
      let distances = (0..<samples).filter { $0 != i && $0 / committee == i / committee }.map { j in
        let differences = (0..<width).map { abs(outputs[i * width + $0] - outputs[j * width + $0]) }
        return settings.metric == .l1
          ? differences.reduce(0, +) : differences.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      sum += log(distances.sorted()[settings.neighbour - 1] + 1e-8)
    }
    return
      -(Statistics.digamma(committee) - Statistics.digamma(settings.neighbour)
      + Statistics.digamma(1) + 6 / Double(samples) * sum)
  }

  /// Runs a term of committees: value, gradient, and the probabilities it was given.
  private func committees(_ settings: ObjectiveSettings, exchange: Exchange, threads: Int) throws
    -> (loss: Double, gradient: [Float], outputs: [Double])
  {
    let objective = try objective(settings, exchange: exchange, threads: threads)
    #expect(objective.probes == nil)
    let probabilities = AlignedBuffer<Float>(count: samples * images * classes)
    CounterRandom(seed: 6, purpose: .test).fillNormal(probabilities.view)
    SoftmaxCrossEntropy.probabilities(
      logits: probabilities.view, classCount: classes, into: probabilities.view)
    let labels = labels(settings)
    let labelBuffer = AlignedBuffer<ClassLabel>(count: labels.count)
    labelBuffer.view.copy(from: labels)
    let gradients = AlignedBuffer<Float>(count: probabilities.count)
    gradients.view.fill(.nan)
    let theta = AlignedBuffer<Float>(count: samples * (try layout().weightCount))
    CounterRandom(seed: 5, purpose: .test).fillNormal(theta.view)
    try objective.start(theta.view, step: 1, measure: true)
    let report = try objective.finish(
      CommitteeOutputs(
        statements: probabilities.view, answers: .classes(labelBuffer.view),
        gradients: gradients.view))
    #expect(report.entropy.isFinite)
    return (report.loss, gradients.view.array, probabilities.view.array.map(Double.init))
  }

  @Test(arguments: [
    (Diversity.outputEntropy, DistanceMetric.l2, 1, 4), (.outputEntropy, .l1, 2, 4),
    (.outputEntropy, .l2, 1, 2), (.outputEntropy, .l2, 1, 8), (.ensemble, .l1, 1, 4),
    (.ensemble, .l1, 1, 2), (.ensemble, .l1, 1, 8),
  ])
  func committeesAgainstNaive(
    diversity: Diversity, metric: DistanceMetric, neighbour: Int, committee: Int
  ) throws {
    let settings = ObjectiveSettings(
      diversity: diversity, committee: committee, metric: metric, neighbour: neighbour)
    let found = try committees(settings, exchange: .allgather, threads: 1)
    let naive = naiveCommitteeLoss(settings, found.outputs)
    #expect(abs(found.loss - naive) <= 2e-5 * (1 + abs(naive)))
    var largest = 0.0
    for index in found.outputs.indices {
      let numeric = CentralDifference.slope(at: found.outputs, index, step: 1e-5) {
        naiveCommitteeLoss(settings, $0)
      }
      largest = max(largest, abs(numeric))
      #expect(
        abs(Double(found.gradient[index]) - numeric) <= 1e-5 + 1e-3 * abs(numeric),
        "element \(index): \(found.gradient[index]), numerically \(numeric)")
    }
    #expect(largest > 0.01)
    for (exchange, threads) in [(Exchange.sliced, 1), (.sliced, 3)] {
      let other = try committees(settings, exchange: exchange, threads: threads)
      #expect(other.loss == found.loss && other.gradient == found.gradient)
    }
  }
}
