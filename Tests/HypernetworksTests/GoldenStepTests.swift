// One whole MNIST training step against PyTorch's values.

import Host
import Hypernetworks
import Kernels
import Numerics
import Optimizers
import TargetNetworks
import TestSupport
import Testing

@Suite struct GoldenStepTests {
  @Test func hashIsTheOneOfTheScript() {
    #expect(GoldenNumbers.uniform(tensor: 1, index: 0) == Float(130277) * 0x1p-24)
    #expect(GoldenNumbers.uniform(tensor: 1104, index: 640575) == Float(16_411_765) * 0x1p-24)
  }

  private static let tolerance = GoldenSummary.Tolerance(norm: 2e-4, dot: 1e-3, element: 6e-3)

  /// What a case sets, besides lambda.
  private static func settings(_ name: String) -> ObjectiveSettings {
    var settings = ObjectiveSettings(probeImages: 8)
    switch name {
    case "mnist-entropy-l2": settings.metric = .l2
    case "mnist-entropy-k3": (settings.metric, settings.neighbour) = (.l2, 3)
    case "mnist-output-entropy": (settings.diversity, settings.metric) = (.outputEntropy, .l2)
    case "mnist-ensemble": settings.diversity = .ensemble
    case "mnist-permutation": (settings.metric, settings.gauge) = (.l2, .scalePermutation)
    case "mnist-variance": (settings.diversity, settings.gauge) = (.variance, .none)
    case "mnist-none": settings.diversity = .none
    default: break
    }
    return settings
  }

  @Test(arguments: [
    ("mnist-entropy-l1", Exchange.allgather, 1), ("mnist-entropy-l1", .sliced, 1),
    ("mnist-entropy-l2", .sliced, 1), ("mnist-entropy-k3", .allgather, 1),
    ("mnist-output-entropy", .allgather, 1), ("mnist-ensemble", .allgather, 1),
    ("mnist-permutation", .allgather, 1), ("mnist-variance", .allgather, 1),
    ("mnist-none", .allgather, 1), ("mnist-none", .allgather, 3), ("mnist-none", .allgather, 64),
  ])
  func wholeStep(name: String, exchange: Exchange, slices: Int) throws {
    let golden = try GoldenCase(named: name)
    let lambda = golden.number("lambda")
    let pool = WorkerPool(threadCount: 2) { LibraryThreads.useOne() }
    let layout = try mnistLayout()
    let parameters = HypernetworkParameters(layout: layout, seed: 1)
    GoldenNumbers.fill(parameters.values, layout.parameters)
    let plan = try ShardPlan(sampleCount: 32, shardCount: 8, sliceCount: slices, rankCount: 1)
    let clock = PhaseClock()
    let settings = Self.settings(name)
    let network = try Hypernetwork(
      parameters: parameters, fixesGauge: settings.gauge, plan: plan, communicator: .alone,
      pool: pool, clock: clock)
    let objective = try DiversityObjective(
      settings: settings, seed: 0, imagesPerLatent: 1, precision: .float32, exchange: exchange,
      plan: plan,
      communicator: .alone, layout: layout, pool: pool, clock: clock)
    if let probes = objective.probes {
      for k in 0..<probes.images.count {
        probes.images[k] = GoldenNumbers.uniform(tensor: 106, index: k)
      }
      for k in 0..<8 { probes.answers.classes![k] = GoldenNumbers.label(tensor: 107, index: k) }
    }

    let latents = AlignedBuffer<Float>(count: 32 * 300)
    for k in 0..<latents.count { latents[k] = GoldenNumbers.signed(tensor: 101, index: k) }
    let weights = try network.forward(latents.view)
    golden.summary("theta", "0").expect(
      weights.slice(0, 20_018), "theta 0", within: Self.tolerance)
    golden.summary("theta", "31").expect(
      weights.slice(31 * 20_018, 20_018), "theta 31", within: Self.tolerance)

    try objective.start(weights, step: 1, measure: true)
    let weightGradients = AlignedBuffer<Float>(count: weights.count)
    let (crossEntropy, correct) = try targets(
      layout.target, weights, lambda: Float(lambda), gradients: weightGradients.view)
    let report = try objective.finish(weights, addingTo: weightGradients.view)
    let loss = lambda * crossEntropy + report.loss
    let diversityLoss = golden.number("diversityLoss")
    #expect(abs(report.loss - diversityLoss) <= 1e-5 * abs(diversityLoss) + 1e-5)
    #expect(abs(crossEntropy - golden.number("accuracyLoss")) <= 4e-6)
    #expect(abs(report.entropy - golden.number("entropy")) <= 6e-4)
    #expect(abs(loss - golden.number("loss")) <= 1e-6 * abs(golden.number("loss")) + 1e-5)
    #expect(correct == Int(golden.number("correct")))
    #expect(abs(report.nearestMean / golden.number("nearestDistanceMean") - 1) <= 1e-5)
    #expect(abs(report.nearestMinimum / golden.number("nearestDistanceMinimum") - 1) <= 1e-5)
    golden.summary("thetaGradient").expect(
      weightGradients.view, "dL/dtheta", within: Self.tolerance)

    let gradient = try network.backward(weightGradients.view)
    golden.summary("rawGradient").expect(
      weightGradients.view, "dL/d(raw theta)", within: Self.tolerance)
    for entry in layout.parameters.entries {
      golden.summary("gradients", entry.name)
        .expect(gradient.slice(entry.range), entry.name, within: Self.tolerance)
    }
    guard golden.has("parametersAfterAdam") else { return }
    // From 0 and 1 with the full decay, as PyTorch's.
    network.moveRunningAverages(step: 1_000)
    for entry in layout.statistics.entries {
      golden.summary("runningStatistics", entry.name)
        .expect(parameters.statistics.slice(entry.range), entry.name, within: Self.tolerance)
    }
    Adam(count: layout.parameters.count, pool: pool).update(
      parameters.values, gradient: gradient, rate: 3e-4, step: 1)
    for entry in layout.parameters.entries {
      golden.summary("parametersAfterAdam", entry.name).expect(
        parameters.values.slice(entry.range), "\(entry.name) after Adam",
        within: .init(norm: 2e-4, dot: 1e-3, element: 2e-2))
    }
  }

  /// Every sample's target network on its own images.
  private func targets(
    _ target: TargetArchitecture, _ weights: FloatView, lambda: Float, gradients: FloatView
  ) throws -> (Double, Int) {
    let engine = try TrainingEngine(
      architecture: target, imageCount: 32, activations: .float32)
    let images = AlignedBuffer<Float>(count: 32 * 784)
    let labels = AlignedBuffer<ClassLabel>(count: 32)
    var crossEntropy = 0.0
    var correct = 0
    for sample in 0..<32 {
      for k in 0..<32 * 784 {
        images[k] = GoldenNumbers.uniform(tensor: 102, index: sample * 32 * 784 + k)
      }
      for k in 0..<32 {
        labels[k] = GoldenNumbers.label(tensor: 103, index: sample * 32 + k)
      }
      let result = engine.trainingPass(
        weights: weights.slice(sample * 20_018, 20_018), images: images.view,
        answers: .classes(labels.view), gradientScale: lambda / 1024,
        gradient: gradients.slice(sample * 20_018, 20_018))
      crossEntropy += result.lossSum
      correct += result.correctCount
    }
    return (crossEntropy / 1024, correct)
  }
}

func mnistLayout() throws -> HypernetworkLayout {
  let target = try TargetArchitecture(
    input: ImageShape(channels: 1, height: 28, width: 28),
    layers: [
      .convolution(filters: 32, size: 5, stride: 1, padding: .same), .relu,
      .maxPool(size: 2, stride: 2),
      .convolution(filters: 16, size: 5, stride: 1, padding: .same), .relu,
      .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 8), .relu,
      .fullyConnected(outputs: 10),
    ])
  return try HypernetworkLayout(
    HypernetworkArchitecture(
      latentSize: 300, prior: .uniform, codeSize: 15, extractorHidden: [300, 300],
      generatorHidden: [[40, 40], [100, 100], [100, 100], [60, 60]]), target: target)
}
