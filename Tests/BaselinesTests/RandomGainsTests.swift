// BHN: its divergence, its networks and how it begins.

import Configurations
import Glibc
import Numerics
import TargetNetworks
import TestSupport
import Testing

@testable import Baselines

@Suite struct RandomGainsTests {
  private struct Room {
    let model: RandomGains
    let target: TargetArchitecture
    let values: SharedBuffer<Float>
    let gradient: SharedBuffer<Float>
    let latent: SharedBuffer<Float>
    let weights: SharedBuffer<Float>
    let scratch: SharedBuffer<Float>

    init(_ target: TargetArchitecture, _ settings: GainSettings) {
      self.target = target
      model = RandomGains(target: target, settings: settings)
      values = SharedBuffer(count: model.layout.count)
      gradient = SharedBuffer(count: model.layout.count)
      latent = SharedBuffer(count: model.latentSize)
      weights = SharedBuffer(count: target.weightCount)
      scratch = SharedBuffer(count: model.scratchCount)
      model.initialize(values.view, seed: 1)
    }

    func draw(_ number: Int) {
      model.fillLatent(latent.view, CounterRandom(seed: 3, purpose: .test, minor: number))
    }

    func generate() {
      model.generate(weights.view, from: latent.view, values.view, scratch: scratch.view)
    }

    func penalty() -> Double {
      model.penalty(latent.view, values.view, scratch: scratch.view, into: gradient.view)
    }

    func view(_ name: String) -> FloatView {
      values.view.slice(model.layout.entry(named: name)!.range)
    }

    /// Numbers of all sizes.
    func shake() {
      let numbers = TestData.normal(values.view.count, deviation: 0.4, stream: 4)
      for index in 0..<numbers.count { values.view[index] += Float(numbers[index]) }
      for index in 0..<latent.view.count { view("gains/spread")[index] += 6 }
    }
  }

  private static func small() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 2, height: 6, width: 6),
      layers: [
        .convolution(filters: 3, size: 3, stride: 1, padding: .valid), .relu,
        .fullyConnected(outputs: 5), .relu, .fullyConnected(outputs: 4),
      ])
  }

  /// 19,952 directions' numbers, 66 biases, 132 for the gains' normal numbers, 8 coupling layers.
  @Test func sizes() throws {
    let target = try Configuration.preset("mnist").targetArchitecture(
      input: ImageShape(channels: 1, height: 28, width: 28))
    let model = RandomGains(target: target, settings: GainSettings())
    #expect(model.layout.count == 180_678 && model.latentSize == 66)
  }

  /// Without coupling layers gains are normal, and the mean penalty is their divergence from the prior.
  @Test func withoutCouplingsItIsTheGaussians() throws {
    let room = Room(try Self.small(), GainSettings(couplings: 0, priorPrecision: 0.7))
    room.shake()
    let (spread, center) = (room.view("gains/spread"), room.view("gains/center"))
    var (expected, variance) = (0.0, 0.0)
    for index in 0..<room.latent.view.count {
      let (s, c) = (Double(exp(spread[index]) + 0.001), Double(center[index]))
      expected += -log(s) + (0.7 * (s * s + c * c) - 1 - log(0.7)) / 2
      // Of 0.7 (c + s e)^2 / 2.
      variance += 0.49 * (s * s * s * s / 2 + c * c * s * s)
    }
    let draws = 4_000
    var sum = 0.0
    for draw in 0..<draws {
      room.draw(draw)
      sum += room.penalty()
    }
    let error = (variance / Double(draws)).squareRoot()
    #expect(abs(sum / Double(draws) - expected) <= 4 * error)
    #expect(error < 0.01 * expected)
  }

  /// Of the mean cross-entropy of a drawn network's images plus a tenth of the penalty, along a random direction of each tensor.
  @Test func wholeLoss() throws {
    let room = Room(try Self.small(), GainSettings(couplings: 2, width: 4, priorPrecision: 0.7))
    room.shake()
    room.draw(0)
    let engine = try TrainingEngine(architecture: room.target, imageCount: 8, activations: .float32)
    let pixels = SharedBuffer<Float>(count: 8 * room.target.input.count)
    pixels.view.copy(
      from: TestData.normal(pixels.view.count, deviation: 1, stream: 9).map { Float($0) })
    let labels = SharedBuffer<ClassLabel>(count: 8)
    for index in 0..<8 { labels.view[index] = ClassLabel(index % 4) }
    let weightGradient = SharedBuffer<Float>(count: room.target.weightCount)
    func loss() -> Double {
      room.generate()
      let result = engine.trainingPass(
        weights: room.weights.view, images: pixels.view, answers: .classes(labels.view),
        gradientScale: 0.125,
        gradient: weightGradient.view)
      return result.lossSum / 8 + 0.1 * room.penalty()
    }
    _ = loss()
    let found = room.gradient.view.array.map { 0.1 * Double($0) }
    room.generate()
    room.model.backward(
      weightGradient.view, latent: room.latent.view, room.values.view, scratch: room.scratch.view,
      into: room.gradient.view)
    let drawn = room.gradient.view.array.map(Double.init)
    let start = room.values.view.array
    for (number, entry) in room.model.layout.entries.enumerated() {
      let direction = TestData.normal(entry.count, deviation: 1, stream: 100 + number)
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      var expected = 0.0
      for (place, index) in entry.range.enumerated() {
        expected += direction[place] / length * (found[index] + drawn[index])
      }
      let slope = CentralDifference.slope(step: 4e-3) { move in
        for (place, index) in entry.range.enumerated() {
          room.values.view[index] = start[index] + Float(move * direction[place] / length)
        }
        defer { room.values.view.copy(from: start) }
        return loss()
      }
      #expect(
        abs(slope - expected) <= 1e-2 * max(0.1, abs(expected)),
        "\(entry.name): \(expected), by differences \(slope)")
    }
  }

  /// Networks differ in their filters' gains alone.
  @Test func directionsAreTheSameInAllNetworks() throws {
    let room = Room(try Self.small(), GainSettings(couplings: 2, width: 4))
    room.shake()
    var networks: [[Float]] = []
    for draw in 0..<3 {
      room.draw(draw)
      room.generate()
      networks.append(room.weights.view.array)
    }
    for block in room.target.blocks {
      for filter in 0..<block.filterCount {
        let start = block.offset + filter * block.filterSize
        let kernels = networks.map { $0[start..<start + block.kernelCount].map(Double.init) }
        let gains = kernels.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        for (kernel, gain) in zip(kernels, gains).dropFirst() {
          let along = zip(kernel, kernels[0]).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(abs(along) / (gain * gains[0]) - 1) <= 1e-5)
        }
        #expect(abs(gains[1] / gains[0] - 1) > 1e-3)
        #expect(Set(networks.map { $0[start + block.kernelCount] }).count == 1)
      }
    }
  }

  /// Fitted to images, every layer gives numbers of mean 0 and variance 1.
  @Test func layersBeginStandardized() throws {
    let room = Room(try Self.small(), GainSettings(couplings: 0))
    let images = 16
    let network = try RandomGains.standardized(room.target)
    let engine = try StatisticsEngine(architecture: network, imageCount: images)
    let pixels = SharedBuffer<Float>(count: images * network.input.count)
    pixels.view.copy(
      from: TestData.normal(pixels.view.count, deviation: 2, stream: 9).map { Float($0) + 1 })
    let weights = SharedBuffer<Float>(count: network.weightCount)
    let sums = SharedBuffer<Double>(count: network.statisticCount)
    let statistics = SharedBuffer<Float>(count: network.statisticCount)
    room.model.fillStandardized(weights.view, network, room.values.view)
    engine.loadWeights(weights.view)
    engine.addMoments(images: pixels.view, to: sums.view)
    TargetStatistics.take(sums.view, batches: 1, architecture: network, into: statistics.view)
    room.model.fit(room.values.view, network, statistics: statistics.view)
    // Without noise.
    room.latent.view.fill(0)
    room.generate()
    var inputs = (0..<images).map { pixels.view.slice($0 * 72, 72).array.map(Double.init) }
    for (number, block) in room.target.blocks.enumerated() {
      let outputs = inputs.map { input in
        Self.layer(block, input, room.weights.view, isConvolution: number == 0)
      }
      let positions = outputs[0].count / block.filterCount
      for filter in 0..<block.filterCount {
        let own = outputs.flatMap { $0[filter * positions..<(filter + 1) * positions] }
        let mean = own.reduce(0, +) / Double(own.count)
        let square = own.reduce(0) { $0 + $1 * $1 } / Double(own.count)
        #expect(abs(mean) <= 1e-3 && abs(square - 1) <= 1e-3, "\(number), \(filter)")
      }
      inputs = outputs.map { $0.map { max(0, $0) } }
    }
  }

  /// A valid 3 x 3 convolution of 6 x 6 pixels, or a fully connected layer; (filters, positions).
  private static func layer(
    _ block: TargetArchitecture.Block, _ input: [Double], _ weights: FloatView, isConvolution: Bool
  ) -> [Double] {
    (0..<block.filterCount).flatMap { filter -> [Double] in
      let row = weights.slice(block.offset + filter * block.filterSize, block.filterSize)
      let bias = Double(row[block.kernelCount])
      guard isConvolution else {
        return [(0..<block.kernelCount).reduce(bias) { $0 + input[$1] * Double(row[$1]) }]
      }
      return (0..<16).map { position in
        var sum = bias
        for channel in 0..<2 {
          for tap in 0..<9 {
            let (y, x) = (position / 4 + tap / 3, position % 4 + tap % 3)
            sum += input[channel * 36 + y * 6 + x] * Double(row[channel * 9 + tap])
          }
        }
        return sum
      }
    }
  }
}
