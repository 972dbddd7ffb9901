// Running networks on images: the one place where they are run for measuring.

import Datasets
import Host
import Numerics
import TargetNetworks

extension EnsembleEvaluator {
  /// Runs as many networks as a request has, whose weights (D) `fill` writes, on the first images of a set.
  /// Collective.
  /// Cost: networks * images forward passes, divided by all cores.
  ///
  /// - Parameters:
  ///   - groups: where groups of networks end, ascending, the last at their number; nil: one of all.
  ///   - areCumulative: whether a group has all networks before its end, or only those behind the group before.
  ///   - statistics: of these networks' normalizations, as far as known; completed.
  ///   - deadUnits: counts hidden units on the way.
  ///   - keeps: what is kept of each of this rank's networks; nothing by default.
  ///   - fill: is called once for each of this rank's networks, on any thread; no two calls at the same time have the same slot.
  public func run(
    _ request: EvaluationRequest, on images: LabeledImages, groups: [Int]? = nil,
    areCumulative: Bool = false, deadUnits: DeadUnits? = nil, keeps: KeptPredictions = [],
    statistics: KnownStatistics? = nil,
    weights fill: @Sendable (_ network: Int, _ slot: Int, _ weights: FloatView) -> Void
  ) throws -> EnsembleRun {
    let count = request.networkCount
    let imageCount = try imageCount(request, images)
    let classCount = target.classCount
    let ends = groups ?? [count]
    let pixels = images.pixels(first: imageCount)
    let labels = Array(images.labels.prefix(imageCount))
    let own = ownNetworks(count)
    let accumulators = ends.map { _ in
      EnsembleAccumulator(imageCount: imageCount, classCount: classCount, networkCount: count)
    }
    let cells = imageCount * classCount
    let kept = keeps.contains(.probabilities) ? SharedBuffer<Float>(count: own.count * cells) : nil
    let outputs = (0..<pool.threadCount).map { _ in
      SharedBuffer<Float>(count: kept == nil ? cells : 0)
    }
    let classes =
      keeps.contains(.classes) ? SharedBuffer<ClassLabel>(count: own.count * imageCount) : nil
    forEachOwnNetwork(
      request, pixels: pixels.view, imageCount, deadUnits: deadUnits, statistics: statistics,
      weights: fill,
      output: { index, slot in kept?.view.slice(index * cells, cells) ?? outputs[slot].view },
      each: { network, index, output in
        SoftmaxCrossEntropy.probabilities(logits: output, classCount: classCount, into: output)
        if let classes {
          for image in 0..<imageCount {
            let best = Statistics.argmax(output.slice(image * classCount, classCount))
            classes.view[index * imageCount + image] = ClassLabel(best)
          }
        }
        accumulators[ends.firstIndex { network < $0 }!]
          .add(networkIndex: network, probabilities: output, labels: labels)
      })
    var predictions: [EnsemblePrediction] = []
    let total = accumulators[0]
    var accuracies = [Double](repeating: 0, count: count)
    for (index, end) in ends.enumerated() {
      let accumulator = accumulators[index]
      try accumulator.combine(over: communicator)
      let begin = index == 0 ? 0 : ends[index - 1]
      accuracies.replaceSubrange(begin..<end, with: accumulator.accuracies[begin..<end])
      if areCumulative {
        if index > 0 { total.merge(accumulator) }
        predictions.append(try total.prediction(of: end))
      } else {
        predictions.append(try accumulator.prediction(of: end - begin))
      }
    }
    pulse.mark()
    return EnsembleRun(
      labels: labels, accuracies: accuracies, predictions: predictions, networks: own,
      classes: classes, probabilities: kept)
  }

  /// How many images of a set a request's networks run on.
  func imageCount(_ request: EvaluationRequest, _ images: LabeledImages) throws -> Int {
    let count = min(request.imageLimit ?? images.count, images.count)
    guard count > 0 else {
      throw EvaluationError(description: "there are no images to evaluate networks on")
    }
    return count
  }

  /// Runs this rank's networks of a request on `count` images `pixels`. `output` says where the outputs, (count, outputs), of the
  /// `index`-th of them go, and `body` is called when they are there; both on any thread.
  func forEachOwnNetwork(
    _ request: EvaluationRequest, pixels: FloatView, _ count: Int, deadUnits: DeadUnits?,
    statistics: KnownStatistics?,
    weights fill: @Sendable (_ network: Int, _ slot: Int, _ weights: FloatView) -> Void,
    output: @Sendable (_ index: Int, _ slot: Int) -> FloatView,
    each body: @Sendable (_ network: Int, _ index: Int, _ output: FloatView) -> Void
  ) {
    let own = ownNetworks(request.networkCount)
    let known = statistics ?? unknownStatistics(request.networkCount)
    pool.forEachTeam(own.count) { index, slot, team in
      let network = own.lowerBound + index
      let theta = weights[slot].view
      fill(network, slot, theta)
      let means = ownStatistics(theta, known, index, slot: slot, team)
      let output = output(index, slot)
      if let deadUnits {
        engines[slot].loadWeights(theta, statistics: means, team: team)
        deadUnits.logits(
          engines[slot], network: network, slot: slot, images: pixels, count: count,
          into: output, team: team)
      } else {
        let places =
          team.size == 1
          ? slot..<slot + 1 : (0..<pool.threadCount).part(slot, of: own.count % pool.threadCount)
        logits(
          theta, means, images: pixels, count: count, into: output, engines: engines[places], team)
      }
      body(network, index, output)
      pulse.beat()
      request.progress?(count)
    }
    pulse.mark()
  }

  /// Those of this rank's `index`-th network, which are measured if they are not known; nil where there are none.
  private func ownStatistics(
    _ theta: FloatView, _ known: KnownStatistics, _ index: Int, slot: Int, _ team: Team
  ) -> FloatView? {
    meters.isEmpty ? nil : known.of(index) { meters[slot].measure(theta, into: $0, team: team) }
  }

  /// The logits of a network, of which each member of the team runs some images in an engine of its own.
  private func logits(
    _ theta: FloatView, _ statistics: FloatView?, images: FloatView, count: Int,
    into logits: FloatView, engines: ArraySlice<InferenceEngine>, _ team: Team
  ) {
    team.forEach(
      engines.count, LoadedEngines(engines: engines, weights: theta, statistics: statistics))
    let images = ImageRuns(
      engines: engines, images: images, count: count, logits: logits,
      step: engines.count == 1
        ? count : engines[engines.startIndex].wholeSlices(atLeast: Self.batch))
    team.forEach((count + images.step - 1) / images.step, images)
  }
}

/// Engines that take the weights of one network.
private struct LoadedEngines: LoopBody {
  let engines: ArraySlice<InferenceEngine>
  let weights: FloatView
  let statistics: FloatView?

  func callAsFunction(_ index: Int, _ member: Int) {
    engines[engines.startIndex + index].loadWeights(weights, statistics: statistics)
  }
}

/// Runs of `step` images, each in its member's engine.
private struct ImageRuns: LoopBody {
  let engines: ArraySlice<InferenceEngine>
  let images: FloatView
  let count: Int
  let logits: FloatView
  let step: Int

  func callAsFunction(_ run: Int, _ member: Int) {
    let engine = engines[engines.startIndex + member]
    let (size, classes) = (engine.architecture.input.count, engine.architecture.classCount)
    let own = run * step..<min((run + 1) * step, count)
    engine.logits(
      images: images.slice(own.lowerBound * size, own.count * size), count: own.count,
      into: logits.slice(own.lowerBound * classes, own.count * classes))
  }
}
