// MNFG: its divergence and its networks against PyTorch's, closed forms, differences and the local form.

import Configurations
import Glibc
import Numerics
import TargetNetworks
import TestSupport
import Testing

@testable import Baselines

@Suite struct MultiplicativeFlowsTests {
  /// A model's numbers and room.
  private struct Room {
    let model: MultiplicativeFlows
    let target: TargetArchitecture
    let values: SharedBuffer<Float>
    let gradient: SharedBuffer<Float>
    let latent: SharedBuffer<Float>
    let noise: SharedBuffer<Float>
    let weights: SharedBuffer<Float>
    let scratch: SharedBuffer<Float>

    init(_ target: TargetArchitecture, _ settings: FlowSettings, seed: UInt64 = 1) {
      self.target = target
      model = MultiplicativeFlows(target: target, settings: settings)
      values = SharedBuffer(count: model.layout.count)
      gradient = SharedBuffer(count: model.layout.count)
      latent = SharedBuffer(count: model.latentSize)
      noise = SharedBuffer(count: model.penaltyNoiseSize)
      weights = SharedBuffer(count: target.weightCount)
      scratch = SharedBuffer(count: model.scratchCount)
      model.initialize(values.view, seed: seed)
      model.fillLatent(latent.view, CounterRandom(seed: seed, purpose: .test))
      model.fillPenaltyNoise(noise.view, CounterRandom(seed: seed, purpose: .test, major: 1))
    }

    func generate() {
      model.generate(weights.view, from: latent.view, values.view, scratch: scratch.view)
    }

    func penalty() -> Double {
      model.penalty(noise.view, values.view, scratch: scratch.view, into: gradient.view)
    }

    /// The tensors whose names end so, behind their layers'.
    func fill(_ suffix: String, _ value: (Int) -> Float) {
      for entry in model.layout.entries where entry.name.hasSuffix(suffix) {
        for index in entry.range { values.view[index] = value(index) }
      }
    }
  }

  private static func mnist() throws -> TargetArchitecture {
    try Configuration.preset("mnist").targetArchitecture(
      input: ImageShape(channels: 1, height: 28, width: 28))
  }

  private static func small() throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 2, height: 6, width: 6),
      layers: [
        .convolution(filters: 3, size: 3, stride: 1, padding: .valid), .relu,
        .fullyConnected(outputs: 5), .relu, .fullyConnected(outputs: 4),
      ])
  }

  private static let smallFlows = FlowSettings(width: 4, reverseWidth: 3)

  /// Spreads of which some are beyond the limit, and factors of all sizes.
  private func shake(_ room: Room) {
    let numbers = TestData.normal(room.values.view.count, deviation: 1, stream: 7)
    for index in 0..<numbers.count { room.values.view[index] = 0.3 * Float(numbers[index]) }
    for name in ["1", "2", "3"].map({ "layer\($0)/spread" }) {
      room.fill(name) { -1 + 0.5 * Float(numbers[$0]) }
    }
  }

  // MARK: PyTorch's values

  /// Tests/HypernetworksTests/Golden/mnfg.py says how they are made.
  @Test func golden() throws {
    let golden = try GoldenCase(named: "mnfg")
    let room = Room(try Self.mnist(), FlowSettings(deviationLimit: 0.2))
    let entries = room.model.layout.entries
    #expect(room.model.layout.count == 808_156 && room.model.generatingCount == 297_476)
    #expect(room.model.latentSize == 20_858 + 1_680)
    for (number, entry) in entries.enumerated() {
      let (scale, shift) = Self.scaleAndShift(entry.name)
      for index in 0..<entry.count {
        room.values.view[entry.offset + index] =
          GoldenNumbers.signed(tensor: 600 + number, index: index) * scale + shift
      }
    }
    func fill(_ numbers: FloatView, normal: Int, _ tensor: Int) {
      for index in 0..<numbers.count {
        numbers[index] =
          index < normal
          ? 2 * GoldenNumbers.signed(tensor: tensor, index: index)
          : GoldenNumbers.uniform(tensor: tensor + 1, index: index - normal) < 0.5 ? 0 : 1
      }
    }
    fill(room.latent.view, normal: 20_858, 700)
    fill(room.noise.view, normal: 840 + 26 + 801 + 8 + 10, 702)
    let tolerance = GoldenSummary.Tolerance(norm: 2e-5, dot: 2e-5, element: 5e-4)
    room.generate()
    golden.summary("weights").expect(room.weights.view, "weights", within: tolerance)
    let slopes = SharedBuffer<Float>(count: room.weights.view.count)
    for index in 0..<slopes.view.count {
      slopes.view[index] = GoldenNumbers.signed(tensor: 711, index: index)
    }
    room.model.backward(
      slopes.view, latent: room.latent.view, room.values.view, scratch: room.scratch.view,
      into: room.gradient.view.slice(0, room.model.generatingCount))
    for entry in entries where entry.offset < room.model.generatingCount {
      golden.summary("drawnGradients", entry.name)
        .expect(
          room.gradient.view.slice(entry.range), "drawn \(entry.name)", within: tolerance)
    }
    let divergence = golden.number("divergence")
    #expect(abs(room.penalty() / divergence - 1) <= 1e-6)
    for entry in entries {
      golden.summary("divergenceGradients", entry.name)
        .expect(room.gradient.view.slice(entry.range), entry.name, within: tolerance)
    }
  }

  private static func scaleAndShift(_ name: String) -> (Float, Float) {
    if name.hasSuffix("/spread") { return (1.5, -3) }
    if name.hasSuffix("/start_spread") { return (1, -1) }
    if name.hasSuffix("/start") { return (1, 0) }
    if name.hasSuffix("gate/bias") { return (1, 1) }
    return name.hasSuffix("/bias") ? (0.5, 0) : (0.125, 0)
  }

  // MARK: Closed forms

  /// With z = 1 weights are independent normal numbers.
  @Test func withoutMultipliersItIsMeanFieldInference() throws {
    let room = Room(try Self.small(), FlowSettings(hasMultipliers: false))
    #expect(room.model.latentSize == room.target.weightCount)
    #expect(room.model.layout.count == 2 * room.target.weightCount)
    shake(room)
    var expected = 0.0
    for (number, block) in room.target.blocks.enumerated() {
      let entries = room.model.layout.entries.dropFirst(2 * number)
      let (mean, spread) = (entries[2 * number], entries[2 * number + 1])
      for index in 0..<block.count {
        let isBias = index % block.filterSize == block.kernelCount
        let m = Double(room.values.view[mean.offset + index])
        let s = Double(room.values.view[spread.offset + index]) * (isBias ? 0.5 : 1)
        expected += -s + (exp(2 * s) + m * m - 1) / 2
      }
    }
    #expect(abs(room.penalty() / expected - 1) <= 1e-6)
  }

  /// 170,600 nats on MNIST's target (baselines' reference computation): 8.5 for each of 19,952 weights, 4 for each bias, some for the multipliers.
  @Test func divergenceAtTheBeginning() throws {
    for seed in [UInt64(1), 2] {
      let divergence = Room(try Self.mnist(), FlowSettings(), seed: seed).penalty()
      #expect(abs(divergence - 170_600) <= 300)
    }
  }

  /// Multipliers begin near 0, weights with a small spread.
  @Test func beginning() throws {
    let room = Room(try Self.mnist(), FlowSettings())
    func meanSquare(_ name: String) throws -> Double {
      let values = room.values.view.slice(try #require(room.model.layout.entry(named: name)).range)
      return Double(VectorMath.sumOfSquares(values)) / Double(values.count)
    }
    // Biases, which are 0, are among the means.
    #expect(abs(try meanSquare("layer2/mean") / (4.0 / 2565) - 1) <= 0.05)
    #expect(abs(try meanSquare("layer3/mean") / (4.0 / 792) - 1) <= 0.06)
    #expect(abs(try meanSquare("layer3/start") / (4.0 / 784) - 1) <= 0.15)
    #expect(abs(try meanSquare("layer4/spread") - 81) <= 1e-4)
    #expect(abs(try meanSquare("layer1/start_spread") - 5.3019) <= 1e-4)
  }

  // MARK: Gradients

  /// Of the mean cross-entropy of a drawn network's images plus a tenth of the divergence, along a random direction of each tensor.
  @Test func wholeLoss() throws {
    let room = Room(try Self.small(), Self.smallFlows)
    shake(room)
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
    let drawn = SharedBuffer<Float>(count: room.model.generatingCount)
    room.model.backward(
      weightGradient.view, latent: room.latent.view, room.values.view, scratch: room.scratch.view,
      into: drawn.view)
    let start = room.values.view.array
    for (number, entry) in room.model.layout.entries.enumerated() {
      let direction = TestData.normal(entry.count, deviation: 1, stream: 100 + number)
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      var expected = 0.0
      for (place, index) in entry.range.enumerated() {
        let own = index < drawn.view.count ? Double(drawn.view[index]) : 0
        expected += direction[place] / length * (found[index] + own)
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

  // MARK: The local form

  /// A fixed z: what a layer gives has the mean and the variance of the local form, which draws noise for each output.
  @Test func localAndSampledPassesAgree() throws {
    let draws = 10_000
    let room = Room(try Self.small(), Self.smallFlows)
    shake(room)
    let blocks = room.target.blocks
    let inputs = blocks.indices.map {
      TestData.normal(blocks[$0].kernelCount, deviation: 1, stream: 20 + $0) + [1]
    }
    var sums = blocks.map { [Double](repeating: 0, count: $0.filterCount) }
    var squares = sums
    for draw in 0..<draws {
      CounterRandom(seed: 5, purpose: .test, minor: draw)
        .fillNormalFours(room.latent.view.slice(Self.multiplierCount, room.target.weightCount))
      room.generate()
      for (number, block) in blocks.enumerated() {
        for filter in 0..<block.filterCount {
          var output = 0.0
          for index in 0..<block.filterSize {
            let place = block.offset + filter * block.filterSize + index
            output += inputs[number][index] * Double(room.weights.view[place])
          }
          sums[number][filter] += output
          squares[number][filter] += output * output
        }
      }
    }
    let count = Double(draws)
    for (number, block) in blocks.enumerated() {
      for filter in 0..<block.filterCount {
        let (center, variance) = try Self.local(room, number, filter, inputs[number])
        let mean = sums[number][filter] / count
        let found = squares[number][filter] / count - mean * mean
        #expect(abs(mean - center) <= 5 * (variance / count).squareRoot(), "\(number), \(filter)")
        #expect(abs(found / variance - 1) <= 5 * (2 / count).squareRoot(), "\(number), \(filter)")
      }
    }
  }

  /// Mean and variance of a filter's output: z o (x M) + m and x^2 sigma^2 + Var_b; `input` ends in the bias' 1.
  private static func local(_ room: Room, _ number: Int, _ filter: Int, _ input: [Double]) throws
    -> (mean: Double, variance: Double)
  {
    let block = room.target.blocks[number]
    let z = multipliers(room, number)
    let layout = room.model.layout
    let mean = try #require(layout.entry(named: "\(block.name)/mean"))
    let spread = try #require(layout.entry(named: "\(block.name)/spread"))
    var (center, variance) = (0.0, 0.0)
    for index in 0..<block.filterSize {
      let place = filter * block.filterSize + index
      let isBias = index == block.kernelCount
      let factor = number == 0 ? z[filter] : isBias ? 1 : z[index]
      center += input[index] * factor * Double(room.values.view[mean.offset + place])
      let s = Double(room.values.view[spread.offset + place])
      let deviation = min(exp(isBias ? s / 2 : s), 0.5)
      variance += input[index] * input[index] * deviation * deviation
    }
    return (center, variance)
  }

  /// Numbers of z in the small target.
  private static let multiplierCount = 3 + 48 + 5

  /// What the flow of a layer makes of the room's latent, in double precision by the formula.
  private static func multipliers(_ room: Room, _ number: Int) -> [Double] {
    let sizes = [3, 48, 5]
    let latent = room.latent.view.array.map(Double.init)
    let first = sizes.prefix(number).reduce(0, +)
    let size = sizes[number]
    func tensor(_ name: String) -> [Double] {
      let entry = room.model.layout.entry(named: "layer\(number + 1)/\(name)")!
      return room.values.view.slice(entry.range).array.map(Double.init)
    }
    let (start, spread) = (tensor("start"), tensor("start_spread"))
    var z = (0..<size).map { start[$0] + exp(spread[$0] / 2) * latent[first + $0] }
    let masks = 56 + room.target.weightCount + 2 * first
    for step in 1...2 {
      let m = (0..<size).map { latent[masks + (step - 1) * size + $0] }
      func product(_ name: String, _ h: [Double]) -> [Double] {
        let (matrix, bias) = (
          tensor("flow\(step)/\(name)/weight"), tensor("flow\(step)/\(name)/bias")
        )
        return (0..<size).map { (column: Int) -> Double in
          var sum = bias[column]
          for unit in h.indices { sum += h[unit] * matrix[unit * size + column] }
          return sum
        }
      }
      let (matrix, bias) = (tensor("flow\(step)/hidden/weight"), tensor("flow\(step)/hidden/bias"))
      let h = bias.indices.map { (unit: Int) -> Double in
        var sum = bias[unit]
        for index in 0..<size { sum += m[index] * z[index] * matrix[unit * size + index] }
        return tanh(sum)
      }
      let mu = product("shift", h)
      let gate = product("gate", h).map { (sum: Double) -> Double in 1 / (1 + exp(-sum)) }
      z = (0..<size).map { (index: Int) -> Double in
        let changed = gate[index] * z[index] + (1 - gate[index]) * mu[index]
        return m[index] * z[index] + (1 - m[index]) * changed
      }
    }
    return z
  }

  /// Latents are normal numbers and fair coins, others for each network.
  @Test func latents() throws {
    let room = Room(try Self.mnist(), FlowSettings())
    let normal = room.latent.view.slice(0, 20_858)
    let bits = room.latent.view.dropFirst(20_858)
    #expect(abs(Double(VectorMath.sumOfSquares(normal)) / 20_858 - 1) <= 0.05)
    #expect(abs(normal.array.reduce(0) { $0 + Double($1) } / 20_858) <= 0.03)
    #expect(Set(bits.array) == [0, 1])
    #expect(abs(bits.array.reduce(0, +) / 1_680 - 0.5) <= 0.06)
    let other = SharedBuffer<Float>(count: room.model.latentSize)
    room.model.fillLatent(other.view, CounterRandom(seed: 1, purpose: .test, minor: 1))
    #expect(zip(other.view.array, room.latent.view.array).count { $0 == $1 } < 1_000)
  }
}
