// Counts, initialization, gradients and running averages of whole hypernetworks.

import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct HypernetworkTests {
  @Test func mnistCounts() throws {
    let layout = try mnistLayout()
    #expect(layout.parameters.count == 633_640)
    #expect(layout.weightCount == 20_018)
    #expect(layout.codeCount == 855)
    #expect(layout.extractor.weights.map(\.count).reduce(0, +) == 436_500)
    #expect(
      layout.generators.map { $0.weights.map(\.count).reduce(0, +) }
        == [3_240, 91_600, 90_000, 9_900])
    #expect(layout.statistics.count == 2_400)
  }

  /// The paper's table of LeNet's generators, by classes.
  @Test(arguments: [(10, 62_006, 503_200, 850), (100, 69_656, 3_563_200, 8_500)])
  func leNetCounts(classCount: Int, weightCount: Int, lastGenerator: Int, lastLayer: Int) throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 32, width: 32),
      layers: [
        .convolution(filters: 6, size: 5, stride: 1, padding: .valid), .relu,
        .maxPool(size: 2, stride: 2),
        .convolution(filters: 16, size: 5, stride: 1, padding: .valid), .relu,
        .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 120), .relu,
        .fullyConnected(outputs: 84), .relu, .fullyConnected(outputs: classCount),
      ])
    #expect(target.blocks.map(\.count) == [456, 2_416, 48_120, 10_164, lastLayer])
    #expect(target.weightCount == weightCount)
    let layout = try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 108, prior: .normal, codeSize: 8, extractorHidden: [80, 80],
        generatorHidden: [[Int]](repeating: [400, 400], count: 5),
        generation: [.filter, .filter, .filter, .layer, .layer]), target: target)
    #expect(
      layout.generators.map { $0.weights.map(\.count).reduce(0, +) }
        == [193_600, 223_600, 323_600, 4_228_800, lastGenerator])
    #expect(layout.generators.map(\.rowsPerLatent) == [6, 16, 120, 1, 1])
    #expect(layout.extractor.weights.map(\.count).reduce(0, +) == 107_200)
  }

  /// Each mode has an ordinary network of its own; a latent between two modes has their mixture.
  @Test func centersOfModes() throws {
    let layout = try layout(.modes)
    let parameters = HypernetworkParameters(layout: layout, seed: 2)
    let entry = try #require(layout.center)
    #expect(entry.shape == [3, layout.weightCount])
    let sampler = WeightSampler(parameters: parameters, fixesGauge: .none)
    let weights = AlignedBuffer<Float>(count: layout.weightCount)
    func generated(_ z: [Float]) -> [Float] {
      let latent = SharedBuffer<Float>(count: z.count)
      latent.view.copy(from: z)
      sampler.generate(from: latent.view, into: weights.view)
      return weights.view.array
    }
    let unit = layout.architecture.modeCoordinate
    #expect(unit == Float(3).squareRoot())
    let noise: [Float] = [0.5, -1, 2]
    for z in [[unit, 0, 0] + noise, [0, 0.25 * unit, 0.75 * unit] + noise] {
      let with = generated(z)
      let centers = parameters.values.slice(entry.range).array
      parameters.values.slice(entry.range).fill(0)
      let delta = generated(z)
      parameters.values.slice(entry.range).copy(from: centers)
      for k in with.indices {
        let center = (0..<3).reduce(Float(0)) {
          $0 + z[$1] / unit * centers[$1 * layout.weightCount + k]
        }
        #expect(abs(with[k] - delta[k] - center) <= 1e-5)
      }
    }
  }

  @Test func initialization() throws {
    let layout = try mnistLayout()
    let parameters = HypernetworkParameters(layout: layout, seed: 3)
    for entry in layout.parameters.entries where entry.shape.count == 2 && entry.count > 10_000 {
      let values = parameters.values.slice(entry.range)
      let variance = Double(VectorMath.sumOfSquares(values)) / Double(entry.count)
      let expected = 0.01 / Double(entry.shape[1])
      #expect(abs(variance / expected - 1) <= 0.05, "\(entry.name)")
      let bound = Float(2 * (expected.squareRoot() / 0.8796))
      #expect(values.array.allSatisfy { abs($0) <= bound }, "\(entry.name)")
    }
    let others = HypernetworkParameters(layout: layout, seed: 4)
    #expect(others.values[0] != parameters.values[0])
  }

  /// The last normalizations of the extractor and of the generator of a whole layer begin with shifts, the latter's
  /// features with variance 1 nevertheless; no other parameter is touched.
  @Test func initialShift() throws {
    let plain = try mnistLayout()
    var architecture = plain.architecture
    (architecture.initialShift, architecture.initialLayerShift) = (3, 2)
    let layout = try HypernetworkLayout(architecture, target: plain.target)
    let parameters = HypernetworkParameters(layout: layout, seed: 3)
    let unshifted = HypernetworkParameters(layout: plain, seed: 3)
    let whole = 1 / Float(5).squareRoot()
    let shifts = ["extractor/norm2/shift": 3, "generator4/norm2/shift": 2 * whole]
    for entry in layout.parameters.entries {
      let values = parameters.values.slice(entry.range)
      let before = unshifted.values.slice(entry.range).array
      if let deviation = shifts[entry.name] {
        let variance = VectorMath.sumOfSquares(values) / Float(entry.count)
        #expect(abs(variance.squareRoot() / deviation - 1) <= 0.2, "\(entry.name)")
        #expect(values.array.contains { $0 < 0 } && values.array.contains { $0 > 0 })
        #expect(before.allSatisfy { $0 == 0 && $0.sign == .plus })
      } else if entry.name == "generator4/norm2/scale" {
        #expect(values.array.allSatisfy { $0 == whole })
      } else {
        #expect(values.array == before, "\(entry.name)")
      }
    }
  }

  /// The mean cosine between the generated weights of two networks, of layers by filter and of a whole layer:
  /// none without shifts (-1/7 among eight that add up to 0), much with them.
  @Test(arguments: [(Float(0), -0.15...0.1), (3, 0.5...1)])
  func shiftsMakeNetworksAlike(initialShift: Float, expected: ClosedRange<Double>) throws {
    let plain = try mnistLayout()
    var architecture = plain.architecture
    (architecture.initialShift, architecture.initialLayerShift) = (initialShift, initialShift)
    let layout = try HypernetworkLayout(architecture, target: plain.target)
    let network = try network(
      HypernetworkParameters(layout: layout, seed: 3), gauge: .none)
    let latents = latents(layout)
    let weights = try network.forward(latents.view)
    for block in layout.target.blocks {
      let networks = (0..<8).map { sample in
        weights.slice(sample * layout.weightCount, layout.weightCount)
          .slice(block.range).array.map(Double.init)
      }
      var cosines = 0.0
      for a in 0..<8 {
        for b in 0..<a { cosines += cosine(networks[a], networks[b]) / 28 }
      }
      #expect(expected.contains(cosines), "\(block.range)")
    }
  }

  /// Only what yields the target's last layer begins smaller.
  @Test func initialLogits() throws {
    let plain = try mnistLayout()
    var architecture = plain.architecture
    architecture.initialLogits = 0.25
    let layout = try HypernetworkLayout(architecture, target: plain.target)
    let parameters = HypernetworkParameters(layout: layout, seed: 3)
    let unscaled = HypernetworkParameters(layout: plain, seed: 3)
    for entry in layout.parameters.entries {
      let factor: Float = entry.name == "generator4/layer3/weight" ? 0.25 : 1
      #expect(
        parameters.values.slice(entry.range).array
          == unscaled.values.slice(entry.range).array.map { $0 * factor }, "\(entry.name)")
    }
  }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map(*).reduce(0, +) }
    return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
  }

  private func smallLayout(leak: Float = 0.05) throws -> HypernetworkLayout {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 2, height: 6, width: 6),
      layers: [
        .convolution(filters: 3, size: 3, stride: 1, padding: .same), .relu,
        .maxPool(size: 2, stride: 2), .fullyConnected(outputs: 4), .relu,
        .fullyConnected(outputs: 5),
      ])
    return try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 6, prior: .normal, codeSize: 4, extractorHidden: [9, 8],
        generatorHidden: [[7, 6], [5], [8, 7, 6]], leak: leak, initialVariance: 1), target: target)
  }

  /// Skip connections, two layers of one kind that share a generator, normalizations and a residual block.
  private func residualLayout(leak: Float) throws -> HypernetworkLayout {
    func convolution(_ filters: Int) -> TargetLayer {
      .convolution(filters: filters, size: 3, stride: 1, padding: .zeros(1))
    }
    let target = try TargetArchitecture(
      input: ImageShape(channels: 2, height: 6, width: 6),
      layers: [
        convolution(4), .normalization, .relu,
        .residual([convolution(4), .normalization, .relu, convolution(4), .normalization]), .relu,
        .globalAveragePool, .fullyConnected(outputs: 3),
      ])
    return try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 6, prior: .normal, codeSize: 4, extractorHidden: [8, 8, 8],
        generatorHidden: [[7, 7, 6], [5], [6, 6]], sharing: .kind, skipConnections: true,
        leak: leak, initialVariance: 1), target: target)
  }

  /// What a test's hypernetwork is like.
  enum Kind: CaseIterable {
    case small, residual
    /// Weights scaled to their target layers, around one centre, and around one of each mode.
    case centered, modes
  }

  private func layout(_ kind: Kind, leak: Float = 0.05) throws -> HypernetworkLayout {
    if kind == .small { return try smallLayout(leak: leak) }
    let residual = try residualLayout(leak: leak)
    var architecture = residual.architecture
    if kind == .centered || kind == .modes {
      (architecture.center, architecture.initialization, architecture.spread) = (true, .target, 0.5)
    }
    if kind == .modes {
      (architecture.prior, architecture.modes, architecture.modeSpread) = (.modes, 3, 0.7)
      architecture.modeCenters = true
    }
    return try HypernetworkLayout(architecture, target: residual.target)
  }

  @Test func sharedGenerators() throws {
    let layout = try residualLayout(leak: 0.05)
    #expect(layout.sources.map(\.generator) == [0, 1, 1, 2])
    #expect(layout.sources.map(\.rows) == [0..<4, 0..<4, 4..<8, 0..<1])
    #expect(layout.sources.map(\.codeOffset) == [0, 16, 32, 48])
    #expect(layout.generators.map(\.rowsPerLatent) == [4, 8, 1])
    #expect(layout.generators.map(\.outputWidth) == [20, 38, 15])
    #expect(layout.extractor.skips == [false, true, true, false])
    #expect(layout.generators.map(\.skips.count) == [4, 2, 3])
    #expect(layout.generators[0].skips == [false, true, false, false])
  }

  private func network(
    _ parameters: HypernetworkParameters, gauge: Gauge, threads: Int = 1, slices: Int = 1
  ) throws -> Hypernetwork {
    let plan = try ShardPlan(
      sampleCount: 8, shardCount: 4, sliceCount: slices, rankCount: 1)
    return try Hypernetwork(
      parameters: parameters, fixesGauge: gauge, plan: plan, communicator: .alone,
      pool: WorkerPool(threadCount: threads) { LibraryThreads.useOne() }, clock: PhaseClock())
  }

  /// Eight latents.
  private func latents(_ layout: HypernetworkLayout, step: Int = 0) -> SharedBuffer<Float> {
    let size = layout.latentSize
    let buffer = SharedBuffer<Float>(count: 8 * size)
    for sample in 0..<8 {
      Latents(architecture: layout.architecture, seed: 11).fill(
        buffer.view.slice(sample * size, size), purpose: .test, step: step, sample: sample)
    }
    return buffer
  }

  /// A linear function of the weights, so that its gradient with respect to them is known exactly.
  private func loss(_ network: Hypernetwork, _ slopes: [Float]) throws -> Double {
    let latents = latents(network.layout)
    let weights = try network.forward(latents.view)
    var sum = 0.0
    for index in 0..<slopes.count { sum += Double(slopes[index]) * Double(weights[index]) }
    return sum
  }

  /// With leak 1 there is no kink, and every derivative must agree. With leak 0.05 a step may carry
  /// some activation of the batch over its kink, which shows as a slope that depends on the step;
  /// such derivatives are left out, and most must remain. The residual networks' many normalizations leave
  /// few without: they are compared without kinks. Without kinks rows are cut, into slices that are not as long as each other.
  @Test(
    arguments: Gauge.allCases,
    [(Float(1), Kind.small), (0.05, .small), (1, .residual), (1, .centered), (1, .modes)])
  func gradientAgainstCentralDifferences(gauge: Gauge, network kind: (leak: Float, kind: Kind))
    throws
  {
    let leak = kind.leak
    let layout = try layout(kind.kind, leak: leak)
    let parameters = HypernetworkParameters(layout: layout, seed: 2)
    // Scales and shifts away from 1 and 0, so that their gradients matter.
    for entry in layout.parameters.entries where entry.shape.count == 1 {
      let values = parameters.values.slice(entry.range)
      for k in 0..<values.count { values[k] += 0.1 * Float(k % 5) }
    }
    // Scales of a centre far enough apart for a step not to change filters' order.
    if let center = layout.center {
      for block in layout.target.blocks where block.isNormalized {
        for filter in 0..<block.filterCount {
          for row in 0..<center.shape[0] {
            let first = center.offset + row * layout.weightCount + block.offset
            parameters.values[first + filter * block.filterSize + block.kernelCount] +=
              Float(filter)
          }
        }
      }
    }
    let network = try network(parameters, gauge: gauge, slices: leak == 1 ? 3 : 1)
    let slopes = AlignedBuffer<Float>(count: 8 * layout.weightCount)
    CounterRandom(seed: 12, purpose: .test).fillNormal(slopes.view)
    let list = slopes.view.array
    _ = try loss(network, list)
    let result = try network.backward(slopes.view)
    let gradient = result.array
    let scale = (VectorMath.sumOfSquares(result) / Float(gradient.count)).squareRoot()

    var compared = 0
    var skipped = 0
    for entry in layout.parameters.entries {
      for k in stride(from: 0, to: entry.count, by: max(1, entry.count / 6)) {
        let index = entry.offset + k
        func slope(_ step: Double) throws -> Double {
          let value = parameters.values[index]
          defer { parameters.values[index] = value }
          return try CentralDifference.slope(step: step) { move in
            parameters.values[index] = value + Float(move)
            return try loss(network, list)
          }
        }
        let numeric = try slope(1e-3)
        if leak != 1, abs(numeric - (try slope(2e-3))) > 0.01 * (abs(numeric) + Double(scale)) {
          skipped += 1
          continue
        }
        compared += 1
        let error = abs(Double(gradient[index]) - numeric)
        #expect(
          error <= 0.02 * (abs(numeric) + Double(scale)),
          "\(entry.name)[\(k)]: \(gradient[index]), numerically \(numeric)")
      }
    }
    #expect(compared > 3 * skipped)
  }

  @Test(arguments: Kind.allCases) func threadsGiveTheSameBits(kind: Kind) throws {
    let layout = try layout(kind)
    var gradients: [[Float]] = []
    for threads in [1, 2, 3] {
      let parameters = HypernetworkParameters(layout: layout, seed: 2)
      let network = try network(parameters, gauge: .scalePermutation, threads: threads)
      let latents = latents(layout)
      let weights = try network.forward(latents.view)
      let weightGradients = AlignedBuffer<Float>(count: weights.count)
      weightGradients.view.copy(from: weights)
      let gradient = try network.backward(weightGradients.view)
      gradients.append(gradient.array + parameters.statistics.array)
    }
    #expect(gradients[0] == gradients[1])
    #expect(gradients[0] == gradients[2])
  }

  /// The first steps' averages are the mean over them; later ones forget.
  @Test func runningAveragesStartAsMeans() throws {
    let parameters = HypernetworkParameters(layout: try smallLayout(), seed: 2)
    let network = try network(parameters, gauge: .scale)
    let means = try #require(parameters.layout.extractor.runningMeans.first)
    var steps: [[Float]] = []
    for step in 1...3 {
      let latents = latents(parameters.layout, step: step)
      _ = try network.forward(latents.view)
      let before = parameters.statistics.slice(means.range).array
      network.moveRunningAverages(step: 1)
      steps.append(parameters.statistics.slice(means.range).array)
      parameters.statistics.slice(means.range).copy(from: before)
      network.moveRunningAverages(step: step)
    }
    let averages = parameters.statistics.slice(means.range).array
    for k in averages.indices {
      let mean = (steps[0][k] + steps[1][k] + steps[2][k]) / 3
      #expect(abs(averages[k] - mean) <= 1e-6 + 1e-5 * abs(mean))
      #expect(steps[0][k] != steps[1][k])
    }
    network.moveRunningAverages(step: 1_000)
    for (k, moved) in parameters.statistics.slice(means.range).array.enumerated() {
      #expect(abs(moved - (0.98 * averages[k] + 0.02 * steps[2][k])) <= 1e-6)
    }
  }

  /// With running averages equal to the minibatch's moments, evaluation generates what training did.
  @Test(arguments: Gauge.allCases, Kind.allCases)
  func samplerFollowsTraining(gauge: Gauge, kind: Kind) throws {
    let layout = try layout(kind)
    let parameters = HypernetworkParameters(layout: layout, seed: 2)
    let network = try network(parameters, gauge: gauge)
    let latents = latents(layout)
    let generated = try network.forward(latents.view)
    network.moveRunningAverages(step: 1)
    // The running averages are the minibatch's moments, but for n / (n - 1).
    for perceptron in [layout.extractor] + layout.generators {
      let rows = Float(8 * perceptron.rowsPerLatent)
      for entry in perceptron.runningVariances {
        VectorMath.scale(parameters.statistics.slice(entry.range), by: (rows - 1) / rows)
      }
    }
    let sampler = WeightSampler(parameters: parameters, fixesGauge: gauge)
    let weights = AlignedBuffer<Float>(count: layout.weightCount)
    for sample in 0..<8 {
      sampler.generate(
        from: latents.view.slice(sample * layout.latentSize, layout.latentSize), into: weights.view)
      let trained = generated.slice(sample * layout.weightCount, layout.weightCount)
      for k in 0..<layout.weightCount {
        #expect(abs(weights[k] - trained[k]) <= 2e-4 * (1 + abs(trained[k])))
      }
    }
  }
}
