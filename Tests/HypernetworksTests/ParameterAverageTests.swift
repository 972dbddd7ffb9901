// The average of parameters against its formula.

import Host
import Hypernetworks
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct ParameterAverageTests {
  /// Some 40,000 parameters, so that loops over them have several pieces, or some 200.
  private func parameters(isSmall: Bool = false) throws -> HypernetworkParameters {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 1, height: 6, width: 6),
      layers: [.fullyConnected(outputs: isSmall ? 2 : 10)])
    let layout = try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 5, prior: .normal, codeSize: 4, extractorHidden: [3],
        generatorHidden: [[isSmall ? 1 : 100]]), target: target)
    return HypernetworkParameters(layout: layout, seed: 3)
  }

  private func fill(_ parameters: HypernetworkParameters, step: Int) {
    let random = CounterRandom(seed: 1, purpose: .test, major: step)
    random.fillUniform(parameters.values, low: -1, high: 3)
    CounterRandom(seed: 2, purpose: .test, major: step)
      .fillUniform(parameters.statistics, low: 0, high: 4)
  }

  private func numbers(_ parameters: HypernetworkParameters) -> [Double] {
    parameters.values.doubles + parameters.statistics.doubles
  }

  /// 25 steps, in Double.
  @Test(arguments: [Float(0.25), 0.9, 0.999])
  func followsTheFormula(decay: Float) throws {
    let parameters = try parameters()
    let average = ParameterAverage(of: parameters, decay: decay, pool: WorkerPool(threadCount: 2))
    var expected = [Double](repeating: .greatestFiniteMagnitude, count: numbers(parameters).count)
    for step in 1...25 {
      fill(parameters, step: step)
      average.move(step: step)
      let d = min(Double(decay), 1 - 1 / Double(step))
      for (index, value) in numbers(parameters).enumerated() {
        expected[index] = d * expected[index] + (1 - d) * value
      }
    }
    let error = zip(numbers(average.parameters), expected).map { abs($0 - $1) }.max()!
    #expect(error <= 2e-6)
  }

  /// What it began with has no part in it, to the last bit; nine steps later it still is the plain mean.
  @Test func beginsAsTheMean() throws {
    let parameters = try parameters(isSmall: true)
    let average = ParameterAverage(of: parameters, decay: 0.9, pool: WorkerPool(threadCount: 1))
    var sum = [Double](repeating: 0, count: numbers(parameters).count)
    for step in 1...10 {
      fill(parameters, step: step)
      average.move(step: step)
      let isThis = numbers(average.parameters) == numbers(parameters)
      #expect(isThis == (step == 1), "step \(step)")
      for (index, value) in numbers(parameters).enumerated() { sum[index] += value }
      let error = zip(numbers(average.parameters), sum).map { abs($0 - $1 / Double(step)) }.max()!
      #expect(error <= 1e-6, "step \(step)")
    }
  }

  /// Shares that did not add up to 1 would let it shrink or grow.
  @Test func staysWhereTheParametersStay() throws {
    let parameters = try parameters(isSmall: true)
    let average = ParameterAverage(
      of: parameters, decay: 0.9999, pool: WorkerPool(threadCount: 1))
    fill(parameters, step: 1)
    for step in 1...30_000 { average.move(step: step) }
    let error = zip(numbers(average.parameters), numbers(parameters))
      .map { abs($0 - $1) / (abs($1) + 1) }.max()!
    #expect(error <= 2e-6)
  }

  /// Averages that follow runs of the parameters are together the average of all; each follows all statistics.
  @Test func runsGiveTheSameBits() throws {
    let parameters = try parameters()
    let count = parameters.values.count
    let pool = WorkerPool(threadCount: 2)
    let whole = ParameterAverage(of: parameters, decay: 0.5, pool: pool)
    let owners = [[0..<17, 20_000..<count], [17..<20_000]]
    let parts = owners.map {
      ParameterAverage(of: parameters, ranges: $0, decay: 0.5, pool: pool)
    }
    for step in 1...4 {
      fill(parameters, step: step)
      for average in parts + [whole] { average.move(step: step) }
    }
    let before = try self.parameters()
    for (part, ranges) in zip(parts, owners) {
      for index in 0..<count {
        let isOwn = ranges.contains { $0.contains(index) }
        let expected = isOwn ? whole.parameters.values[index] : before.values[index]
        #expect(part.parameters.values[index].bitPattern == expected.bitPattern)
      }
      #expect(part.parameters.statistics.array == whole.parameters.statistics.array)
    }
  }

  @Test func threadsGiveTheSameBits() throws {
    func run(threads: Int) throws -> [UInt32] {
      let parameters = try parameters()
      let average = ParameterAverage(
        of: parameters, decay: 0.5, pool: WorkerPool(threadCount: threads))
      for step in 1...4 {
        fill(parameters, step: step)
        average.move(step: step)
      }
      return (average.parameters.values.array + average.parameters.statistics.array)
        .map(\.bitPattern)
    }
    let alone = try run(threads: 1)
    for threads in [2, 3, 5] {
      let isSame = try run(threads: threads) == alone
      #expect(isSame, "\(threads) threads")
    }
  }
}
