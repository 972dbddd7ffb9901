// The loss of all networks of a step, or of each committee, together, where networks predict numbers.

import Collectives
import Glibc
import Host
import Numerics
import TargetNetworks

/// Of G groups of c networks i, N = G c in all, on M images m each.
///
/// Where a network gives a normal density p_i of an image's targets y, the negative log-likelihood of the mixture, as the cross-entropy of the
/// mean probability is that of classifiers:
///
///     L_div = -(1 / (G M)) sum over g, m of log((1/c) sum_i p_i(y_m))
///     dL_div / d log p_i(y_m) = -r_i,m / (G M),   r_i,m = p_i(y_m) / sum_j p_j(y_m)
///
/// Where there is no density (squared error, Huber), the loss of the mean prediction:
///
///     L_div = (1 / (G M)) sum over g, m of loss((1/c) sum_i f_i,m - y_m)
///
/// Members may be on several ranks. Sums are taken over the members in their order, on every rank alike. Cost: an all-gather of N M numbers,
/// or 2 N M K for K targets.
public final class RegressionEnsembleTerm {
  private let loss: Loss
  private let targetCount: Int
  private let width: Int
  private let committee: Int
  private let sampleCount: Int
  private let samples: Range<Int>
  private let imageCount: Int
  private let clock: PhaseClock
  private let gather: AllGather<Double>
  /// (samples, images, numbers): a logarithm of a density; or predictions and targets.
  private let given: AlignedBuffer<Double>
  private let numberCount: Int
  private var hasDensity: Bool { loss.hasDensity }

  /// Groups of `committee` samples, which see `imageCount` images each.
  public init(
    plan: ShardPlan, communicator: Communicator, committee: Int, imageCount: Int,
    target: TargetArchitecture, clock: PhaseClock
  ) {
    precondition(
      plan.sampleCount % committee == 0,
      "RegressionEnsembleTerm: groups of \(committee) of \(plan.sampleCount) samples")
    loss = target.loss
    targetCount = target.targetCount
    width = target.classCount
    self.committee = committee
    self.imageCount = imageCount
    self.clock = clock
    sampleCount = plan.sampleCount
    samples = plan.samples(of: communicator.rank)
    let numbers = target.loss.hasDensity ? 1 : 2 * target.targetCount
    numberCount = numbers
    gather = AllGather(
      communicator,
      counts: (0..<communicator.size).map { plan.samples(of: $0).count * imageCount * numbers })
    given = AlignedBuffer(count: plan.sampleCount * imageCount * numbers)
  }

  /// The term's value; overwrites the gradients. Of this rank's networks' answers there is one for each of their images, or, where all networks
  /// see the same, for each image. Collective.
  ///
  /// - Parameters:
  ///   - statements: (local samples, images, outputs), read.
  ///   - gradient: of the same shape, overwritten.
  public func run(_ statements: FloatView, answers: AnswerView, gradient: FloatView)
    throws(CollectiveError) -> Double
  {
    guard case .numbers(let values, _) = answers else {
      preconditionFailure("RegressionEnsembleTerm: answers that are no numbers")
    }
    let rows = LocalRows(
      statements: statements, values: values, gradient: gradient, width: width,
      targetCount: targetCount)
    let own = given.view.slice(
      samples.lowerBound * imageCount * numberCount, samples.count * imageCount * numberCount)
    for row in 0..<samples.count * imageCount {
      let numbers = own.slice(row * numberCount, numberCount)
      if hasDensity {
        numbers[0] = rows.logDensity(row, loss)
      } else {
        rows.copy(row, to: numbers)
      }
    }
    try clock.communicate(gather.run(own, into: given.view))
    gradient.fill(0)
    var sum = 0.0
    for first in stride(from: 0, to: sampleCount, by: committee) {
      for image in 0..<imageCount {
        sum +=
          hasDensity
          ? mixture(first..<first + committee, image, rows)
          : meanPrediction(first..<first + committee, image, rows)
      }
    }
    return sum / Double(sampleCount / committee * imageCount)
  }

  private func number(_ member: Int, _ image: Int, _ index: Int) -> Double {
    given[(member * imageCount + image) * numberCount + index]
  }

  /// Minus the logarithm of the members' mean density.
  private func mixture(_ members: Range<Int>, _ image: Int, _ rows: LocalRows) -> Double {
    var largest = -Double.infinity
    for member in members { largest = max(largest, number(member, image, 0)) }
    var sum = 0.0
    for member in members { sum += exp(number(member, image, 0) - largest) }
    let groups = Double(sampleCount / committee)
    for member in members.clamped(to: samples) {
      let share = exp(number(member, image, 0) - largest) / sum
      rows.setDensityGradient(
        (member - samples.lowerBound) * imageCount + image, loss,
        factor: -share / (groups * Double(imageCount)))
    }
    return log(Double(members.count)) - log(sum) - largest
  }

  /// The loss of the members' mean prediction.
  private func meanPrediction(_ members: Range<Int>, _ image: Int, _ rows: LocalRows) -> Double {
    var value = 0.0
    for target in 0..<targetCount {
      var sum = 0.0
      for member in members { sum += number(member, image, target) }
      let answer = number(members.lowerBound, image, targetCount + target)
      let (own, slope) = loss.ofError(sum / Double(committee) - answer)
      value += own
      for member in members.clamped(to: samples) {
        let row = (member - samples.lowerBound) * imageCount + image
        rows.gradient[row * width + target] = Float(
          slope / (Double(sampleCount) * Double(imageCount)))
      }
    }
    return value
  }
}

/// What this rank's networks state of each image, their images one behind the other.
private struct LocalRows {
  let statements: FloatView
  let values: FloatView
  let gradient: FloatView
  let width: Int
  let targetCount: Int

  private func answer(_ row: Int, _ target: Int) -> Double {
    Double(values[(row * targetCount + target) % values.count])
  }

  private func prediction(_ row: Int, _ target: Int) -> Double {
    Double(statements[row * width + target])
  }

  func copy(_ row: Int, to numbers: DoubleView) {
    for target in 0..<targetCount {
      numbers[target] = prediction(row, target)
      numbers[targetCount + target] = answer(row, target)
    }
  }

  private func deviation(_ row: Int, _ target: Int, _ loss: Loss) -> Double {
    Double(
      loss.givesVariances ? statements[row * width + targetCount + target] : loss.fixedDeviation)
  }

  func logDensity(_ row: Int, _ loss: Loss) -> Double {
    var sum = 0.0
    for target in 0..<targetCount {
      let deviation = deviation(row, target, loss)
      let error = (prediction(row, target) - answer(row, target)) / deviation
      sum -= log(deviation) + (log(2 * .pi) + error * error) / 2
    }
    return sum
  }

  /// Overwrites a row's gradient with `factor` times that of ``logDensity(_:_:)``.
  func setDensityGradient(_ row: Int, _ loss: Loss, factor: Double) {
    for target in 0..<targetCount {
      let deviation = deviation(row, target, loss)
      let error = (prediction(row, target) - answer(row, target)) / deviation
      gradient[row * width + target] = Float(-factor * error / deviation)
      if loss.givesVariances {
        gradient[row * width + targetCount + target] = Float(
          factor * (error * error - 1) / deviation)
      }
    }
  }
}
