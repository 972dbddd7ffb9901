// The loss of ensembles that predict numbers, against its formula in double precision.

import Glibc
import Host
import Hypernetworks
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct RegressionEnsembleTermTests {
  private let samples = 8
  private let images = 3
  private let targets = 2

  private func target(_ loss: Loss) throws -> TargetArchitecture {
    try TargetArchitecture(
      input: ImageShape(channels: 4, height: 1, width: 1),
      layers: [.fullyConnected(outputs: loss.outputCount(targets: targets))], loss: loss)
  }

  /// Answers of each sample's images; members of a committee have the same.
  private func answers(committee: Int) -> [Double] {
    let numbers = TestData.normal(samples * images * targets, deviation: 1, stream: 51)
    let size = images * targets
    return (0..<samples).flatMap { sample in
      numbers[sample / committee * size..<(sample / committee + 1) * size]
    }
  }

  private func run(
    _ loss: Loss, _ statements: [Double], committee: Int, isShared: Bool = false
  ) throws -> (value: Double, gradient: [Double]) {
    let target = try target(loss)
    let term = RegressionEnsembleTerm(
      plan: try ShardPlan(sampleCount: samples, shardCount: 4, rankCount: 1),
      communicator: .alone, committee: committee, imageCount: images, target: target,
      clock: PhaseClock())
    let given = SharedBuffer<Float>(count: statements.count)
    given.view.copy(from: statements)
    let numbers = answers(committee: committee)
    let values = SharedBuffer<Float>(count: isShared ? images * targets : numbers.count)
    values.view.copy(from: Array(numbers.prefix(values.view.count)))
    let gradient = SharedBuffer<Float>(count: statements.count)
    gradient.view.fill(.nan)
    let value = try term.run(
      given.view, answers: .numbers(values.view, targets: targets), gradient: gradient.view)
    return (value, gradient.view.doubles)
  }

  private func naive(_ loss: Loss, _ statements: [Double], committee: Int) -> Double {
    let width = loss.outputCount(targets: targets)
    let numbers = answers(committee: committee)
    var sum = 0.0
    for first in stride(from: 0, to: samples, by: committee) {
      let members = first..<first + committee
      for image in 0..<images {
        func statement(_ member: Int, _ place: Int) -> Double {
          statements[(member * images + image) * width + place]
        }
        func answer(_ target: Int) -> Double {
          numbers[(first * images + image) * targets + target]
        }
        if loss.hasDensity {
          let densities = members.map { member in
            (0..<targets).reduce(1.0) { product, target in
              let deviation =
                loss.givesVariances
                ? statement(member, targets + target) : Double(loss.fixedDeviation)
              let z = (statement(member, target) - answer(target)) / deviation
              return product * exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot())
            }
          }
          sum -= log(densities.reduce(0, +) / Double(committee))
        } else {
          for target in 0..<targets {
            let error =
              members.reduce(0) { $0 + statement($1, target) } / Double(committee) - answer(target)
            switch loss {
            case .huber(let threshold):
              let t = Double(threshold)
              sum += abs(error) <= t ? error * error / 2 : t * (abs(error) - t / 2)
            default: sum += error * error
            }
          }
        }
      }
    }
    return sum / Double(samples / committee * images)
  }

  @Test(arguments: [
    Loss.squaredError, .huber(threshold: 0.5), .gaussian(.fixed(deviation: 0.7)),
    .gaussian(.output), .gaussian(.learned),
  ])
  func valueAndGradientAgainstNaive(loss: Loss) throws {
    let width = loss.outputCount(targets: targets)
    var statements = TestData.normal(samples * images * width, deviation: 1, stream: 52)
    if loss.givesVariances {
      for place in statements.indices where place % width >= targets {
        statements[place] = Double(Float(0.5 + abs(statements[place])))
      }
    }
    for committee in [2, 4, 8] {
      let found = try run(loss, statements, committee: committee)
      let expected = naive(loss, statements, committee: committee)
      #expect(abs(found.value - expected) <= 1e-6 * (1 + abs(expected)))
      var largest = 0.0
      for index in statements.indices {
        let numeric = CentralDifference.slope(at: statements, index, step: 1e-5) {
          naive(loss, $0, committee: committee)
        }
        largest = max(largest, abs(numeric))
        #expect(
          abs(found.gradient[index] - numeric) <= 1e-5 + 1e-4 * abs(numeric),
          "statement \(index): \(found.gradient[index]), numerically \(numeric)")
      }
      #expect(largest > 0.01)
    }
    // All networks on the same images.
    let shared = try run(loss, statements, committee: samples, isShared: true)
    let committees = try run(loss, statements, committee: samples)
    #expect(shared.value == committees.value && shared.gradient == committees.gradient)
  }
}
