// The fast gradient sign method, image by image.

import Evaluation
import Numerics
import TargetNetworks

/// One run of the attack, on this rank's images.
final class Attack: Sendable {
  private let evaluator: EnsembleEvaluator
  private let request: AnalysisRequest
  private let target: TargetArchitecture
  /// The ensemble's weights, (networks, D).
  private let ensemble: SharedBuffer<Float>
  /// Their normalizations' statistics, (networks, statisticCount).
  private let ensembleStatistics: SharedBuffer<Float>
  private let gradients: [ImageGradientEngine]
  private let engines: [InferenceEngine]

  private var sizeCount: Int { AdversarialAnalysis.sizeCount }
  /// Images whose attacks are computed together, always the same ones on any number of ranks: what a batch
  /// holds can change the last bits of its logits.
  private let chunkSize = 8

  init(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws {
    self.evaluator = evaluator
    self.request = request
    let target = evaluator.target
    self.target = target
    ensemble = try evaluator.generateAll(request.networks(request.samples))
    ensembleStatistics = SharedBuffer(count: request.samples * target.statisticCount)
    if target.isNormalized {
      let own = evaluator.statistics(of: request.networks(request.samples))
      try evaluator.gather(
        own.values.view, count: request.samples, into: ensembleStatistics.view)
      withExtendedLifetime(own) {}
    }
    let threads = 0..<evaluator.pool.threadCount
    gradients = try threads.map { _ in
      try ImageGradientEngine(architecture: target, imageCount: 1)
    }
    engines = try threads.map { _ in
      try InferenceEngine(architecture: target, imageCount: 64)
    }
  }

  /// For each size, how many attacks have each of the outcomes; of all ranks. Collective.
  func run() throws -> [Int] {
    let chunkCount = (request.imageCount + chunkSize - 1) / chunkSize
    let own = evaluator.ownNetworks(chunkCount)
    let perChunk = sizeCount * AdversarialAnalysis.Column.outcomes.count
    let counts = SharedBuffer<Int64>(count: own.count * perChunk)
    evaluator.pool.forEach(own.count) { index, thread in
      let first = (own.lowerBound + index) * chunkSize
      let images = first..<min(request.imageCount, first + chunkSize)
      attack(images, thread, counts: counts.view.slice(index * perChunk, perChunk))
      request.progress?(images.count)
    }
    let sums = SharedBuffer<Int64>(count: perChunk)
    for index in 0..<counts.view.count { sums.view[index % perChunk] += counts.view[index] }
    try evaluator.communicator.sum(sums.view)
    return sums.view.array.map { Int($0) }
  }

  /// Attacks of all sizes on some images.
  private func attack(_ images: Range<Int>, _ thread: Int, counts: VectorView<Int64>) {
    let (pixelCount, classCount) = (target.input.count, target.classCount)
    let total = images.count * sizeCount
    let changed = SharedBuffer<Float>(count: total * pixelCount)
    let single = SharedBuffer<Float>(count: total * classCount)
    let targets = images.map(targetClass)
    for (index, image) in images.enumerated() {
      let place = index * sizeCount
      makeAttacks(
        image, as: targets[index], thread,
        into: changed.view.slice(place * pixelCount, sizeCount * pixelCount),
        logits: single.view.slice(place * classCount, sizeCount * classCount))
    }
    var votes = [Int](repeating: 0, count: total * classCount)
    var probabilities = [Double](repeating: 0, count: total * classCount)
    let logits = SharedBuffer<Float>(count: total * classCount)
    let engine = engines[thread]
    for network in 0..<request.samples {
      engine.loadWeights(
        ensemble.view.slice(network * target.weightCount, target.weightCount),
        statistics: ensembleStatistics.view.slice(
          network * target.statisticCount, target.statisticCount))
      engine.logits(images: changed.view, count: total, into: logits.view)
      SoftmaxCrossEntropy.probabilities(
        logits: logits.view, classCount: classCount, into: logits.view)
      for attack in 0..<total {
        let row = logits.view.slice(attack * classCount, classCount)
        votes[attack * classCount + Statistics.argmax(row)] += 1
        for k in 0..<classCount { probabilities[attack * classCount + k] += Double(row[k]) }
      }
    }
    for attack in 0..<total {
      let (index, size) = (attack / sizeCount, attack % sizeCount)
      let own = attack * classCount..<(attack + 1) * classCount
      let classes = [
        Statistics.argmax(single.view.slice(attack * classCount, classCount)),
        Statistics.argmax(votes[own]), Statistics.argmax(probabilities[own]),
      ]
      let label = Int(request.images.labels[images.lowerBound + index])
      for (kind, found) in classes.enumerated() {
        if found == targets[index] {
          counts[size * AdversarialAnalysis.Column.outcomes.count + kind] += 1
        }
        if found != label {
          counts[size * AdversarialAnalysis.Column.outcomes.count + 3 + kind] += 1
        }
      }
    }
  }

  /// Overwrites `changed` (sizes, pixels) with the attacks on one image and `logits` (sizes, classes) with what
  /// the network they were made for says of them.
  private func makeAttacks(
    _ image: Int, as other: Int, _ thread: Int, into changed: FloatView, logits: FloatView
  ) {
    let pixelCount = target.input.count
    let weights = SharedBuffer<Float>(count: target.weightCount)
    let pixels = SharedBuffer<Float>(count: pixelCount)
    let gradient = SharedBuffer<Float>(count: pixelCount)
    let label = SharedBuffer<ClassLabel>(count: 1)
    label.view[0] = ClassLabel(other)
    // Networks behind those of the ensemble, in turn where there are only so many.
    let others = evaluator.networks.networkCount.map { $0 - request.samples }
    let network = request.samples + (others.map { image % $0 } ?? image)
    evaluator.generate(
      network, request.networks(request.samples), thread: thread, into: weights.view)
    let statistics = evaluator.statistics(
      ofNetwork: network, weights: weights.view, thread: thread)
    request.images.copyImage(image, into: pixels.view)
    gradients[thread].loadWeights(weights.view, statistics: statistics.view)
    gradients[thread].imageGradient(
      images: pixels.view, answers: .classes(label.view), into: gradient.view)
    let plane = pixelCount / target.input.channels
    for size in 0..<sizeCount {
      let step = Float((size + 1) * AdversarialAnalysis.sizeStep) / 255
      for pixel in 0..<pixelCount {
        let slope = gradient.view[pixel]
        let sign: Float = slope > 0 ? 1 : slope < 0 ? -1 : 0
        guard request.images.hasBytes else {
          // Sizes are of what networks see: there is no range.
          changed[size * pixelCount + pixel] = pixels.view[pixel] - step * sign
          continue
        }
        // Sizes are of pixels on [0, 1], whatever they were scaled to.
        let channel = pixel / plane
        let scale = request.images.normalization.map { 1 / $0.deviations[channel] } ?? 1
        let black = request.images.normalization.map { -$0.means[channel] * scale } ?? 0
        changed[size * pixelCount + pixel] = min(
          max(pixels.view[pixel] - step * scale * sign, black), black + scale)
      }
    }
    engines[thread].loadWeights(weights.view, statistics: statistics.view)
    engines[thread].logits(images: changed, count: sizeCount, into: logits)
  }

  /// A class other than the image's.
  private func targetClass(_ image: Int) -> Int {
    let random = CounterRandom(seed: request.seed, purpose: .attackTargets, major: image)
    let other = random.integer(0, below: target.classCount - 1)
    return other < Int(request.images.labels[image]) ? other : other + 1
  }
}
