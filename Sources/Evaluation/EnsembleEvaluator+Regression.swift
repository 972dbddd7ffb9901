// Networks that predict numbers: what each says, and the figures of all.

import Datasets
import Glibc
import Numerics

extension EnsembleEvaluator {
  /// What networks of a request predict of the first images of a set, in the targets' units. `fill` is as in
  /// ``run(_:on:groups:areCumulative:deadUnits:keeps:statistics:weights:)``. Collective. Cost: networks * images forward passes, divided by
  /// all cores; every rank keeps all predictions.
  public func predictions(
    _ request: EvaluationRequest, on images: LabeledImages, deadUnits: DeadUnits? = nil,
    statistics: KnownStatistics? = nil,
    weights fill: @Sendable (_ network: Int, _ slot: Int, _ weights: FloatView) -> Void
  ) throws -> MemberPredictions {
    let count = request.networkCount
    let imageCount = try imageCount(request, images)
    guard let answers = images.targets else {
      preconditionFailure("EnsembleEvaluator: predictions of classes")
    }
    let pixels = images.pixels(first: imageCount)
    let own = ownNetworks(count)
    let (targets, outputCount) = (target.targetCount, target.classCount)
    let cells = imageCount * targets
    let outputs = (0..<pool.threadCount).map { _ in
      SharedBuffer<Float>(count: imageCount * outputCount)
    }
    let means = SharedBuffer<Float>(count: count * cells)
    let deviations = target.loss.hasDensity ? SharedBuffer<Float>(count: count * cells) : nil
    let units = TargetUnits(answers)
    forEachOwnNetwork(
      request, pixels: pixels.view, imageCount, deadUnits: deadUnits, statistics: statistics,
      weights: fill, output: { _, slot in outputs[slot].view },
      each: { network, _, output in
        target.loss.state(output, width: outputCount, into: output)
        for image in 0..<imageCount {
          for k in 0..<targets {
            let place = network * cells + image * targets + k
            means.view[place] = units.value(output[image * outputCount + k], k)
            deviations?.view[place] =
              units.deviations[k]
              * (target.loss.givesVariances
                ? output[image * outputCount + targets + k] : target.loss.fixedDeviation)
          }
        }
      })
    for kept in [means, deviations].compactMap({ $0 }) {
      let block = kept.view.slice(own.lowerBound * cells, own.count * cells)
      try gather(block, count: count, into: kept.view)
      guard (0..<kept.view.count).allSatisfy({ kept.view[$0].isFinite }) else {
        throw EvaluationError(
          description:
            "generated networks give predictions that are not finite: the training has diverged. Take an earlier "
            + "checkpoint, with a lower training.learningRate or objective.lambda")
      }
    }
    return MemberPredictions(
      networkCount: count, targetCount: targets, means: means, deviations: deviations,
      observed: (0..<cells).map { Double(answers.value($0 / targets, $0 % targets)) })
  }

  /// The scores of the first `count` networks. Images are dealt to ranks and threads. Collective. Cost: images * targets * count^2 / 2
  /// error functions.
  public func scores(_ predictions: MemberPredictions, first count: Int, noise: [Double]?) throws
    -> RegressionScores
  {
    let size = RegressionScores.rowSize(targets: predictions.targetCount)
    let rows = SharedBuffer<Double>(count: predictions.imageCount * size)
    let own = networks(of: communicator.rank, predictions.imageCount)
    pool.forEach(own.count) { index, _ in
      let image = own.lowerBound + index
      RegressionScores.fill(
        rows.view.slice(image * size, size), predictions, first: count, image: image, noise: noise)
    }
    try gather(
      rows.view.slice(own.lowerBound * size, own.count * size), count: predictions.imageCount,
      into: rows.view)
    return RegressionScores(predictions, first: count, rows: rows.view)
  }

  /// Figures of networks that have been run; where they give no density, with noise fitted to `calibration`. Collective.
  func result(_ predictions: MemberPredictions, calibration: MemberPredictions) throws
    -> RegressionResult
  {
    let noise = noise(calibration)
    return RegressionResult(
      predictions,
      scores: try scores(predictions, first: predictions.networkCount, noise: noise), noise: noise)
  }

  /// The figures of a validation, and what `sample` of the networks tells of their layers. Collective.
  func evaluateRegression(
    _ request: EvaluationRequest, on images: LabeledImages, layersOf sample: LayerSample
  ) throws -> RegressionResult {
    let found = try validation(request, on: images, layersOf: sample) { networks, deadUnits in
      let predictions = try self.predictions(
        request, on: images, deadUnits: deadUnits, statistics: knownStatistics(of: request),
        weights: networks.fill)
      return try self.result(predictions, calibration: predictions)
    }
    var result = found.result
    (result.entropy, result.layers) = (found.entropy, found.layers)
    return result
  }

  /// Deviations for networks that give no density, fitted to what they predict; nil where they give one.
  public func noise(_ predictions: MemberPredictions) -> [Double]? {
    target.loss.hasDensity ? nil : NoiseFit.deviations(predictions)
  }

  /// Runs the networks of a request on all images and puts everything together. Collective.
  public func reportRegression(_ request: EvaluationRequest, on images: EvaluationImages) throws
    -> (report: RegressionReport, predictions: MemberPredictions)
  {
    let (entropy, networks) = try entropy(of: request)
    let statistics = knownStatistics(of: request)
    func run(_ set: LabeledImages) throws -> MemberPredictions {
      try self.predictions(request, on: set, statistics: statistics, weights: networks.fill)
    }
    let predictions = try run(images.evaluated)
    let held =
      target.loss.hasDensity
      ? nil : try images.calibration.flatMap { $0.count > 0 ? try run($0) : nil }
    var result = try result(predictions, calibration: held ?? predictions)
    result.entropy = entropy
    let sizes = try EnsembleSizeScore.sizes(upTo: request.networkCount).map { size in
      size == request.networkCount
        ? result.scores : try scores(predictions, first: size, noise: result.noise)
    }
    return (
      RegressionReport(
        result: result, sizes: sizes,
        noiseImages: target.loss.hasDensity ? 0 : (held ?? predictions).imageCount,
        isNoiseHeldOut: held != nil), predictions
    )
  }
}
