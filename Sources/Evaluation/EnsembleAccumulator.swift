// Predictions of many networks on the same images, added up exactly.

import Collectives
import Glibc
import TensorCore

/// Why an ensemble cannot be measured.
public struct EvaluationError: UserFacingError {
  public let description: String
  /// It follows from sums over all ranks.
  public var isMetByAllRanks: Bool { true }
}

/// Adds up predictions of networks in whole numbers: votes, right answers, and probabilities in units of
/// 2^-40. Sums of whole numbers are exact, so neither the order nor the split over threads and ranks can
/// change a result.
public final class EnsembleAccumulator: @unchecked Sendable {
  private let imageCount: Int
  private let classCount: Int
  private let networkCount: Int
  /// Added up over networks: votes and probabilities, (images, classes) each, then right answers of
  /// each network, then the number of networks that have none because a probability is not finite.
  private let sums: AlignedBuffer<Int64>
  /// Per image the greatest of (confidence, lowest network, class), packed.
  private let mostConfident: AlignedBuffer<Int64>

  private static let probabilityUnit = 0x1p40

  private var cells: Int { imageCount * classCount }
  private var votes: VectorView<Int64> { sums.view.slice(0, cells) }
  private var probabilities: VectorView<Int64> { sums.view.slice(cells, cells) }
  private var correct: VectorView<Int64> { sums.view.slice(2 * cells, networkCount) }
  private var refused: VectorView<Int64> { sums.view.slice(2 * cells + networkCount, 1) }

  public init(imageCount: Int, classCount: Int, networkCount: Int) {
    precondition(
      classCount <= 256 && networkCount < 1 << 24,
      "EnsembleAccumulator: \(classCount) classes, \(networkCount) networks")
    self.imageCount = imageCount
    self.classCount = classCount
    self.networkCount = networkCount
    sums = AlignedBuffer(count: 2 * imageCount * classCount + networkCount + 1)
    mostConfident = AlignedBuffer(count: imageCount)
  }

  /// Counts in one network's `probabilities`, (images, classes), read.
  public func add(networkIndex: Int, probabilities values: FloatView, labels: [UInt8]) {
    precondition(
      values.count >= cells && labels.count == imageCount,
      "EnsembleAccumulator: \(values.count) probabilities and \(labels.count) labels for "
        + "\(imageCount) images of \(classCount) classes")
    guard (0..<cells).allSatisfy({ values[$0].isFinite }) else {
      refused[0] += 1
      return
    }
    for image in 0..<imageCount {
      let row = values.slice(image * classCount, classCount)
      var best = 0
      for k in 0..<classCount {
        probabilities[image * classCount + k] += Int64(
          (Double(row[k]) * Self.probabilityUnit).rounded())
        if row[k] > row[best] { best = k }
      }
      votes[image * classCount + best] += 1
      if best == Int(labels[image]) { correct[networkIndex] += 1 }
      let key =
        Int64(max(row[best], 0).bitPattern) << 32 | Int64(0xFF_FFFF - networkIndex) << 8
        | Int64(best)
      mostConfident[image] = max(mostConfident[image], key)
    }
  }

  /// Counts in what another accumulator of the same images has counted.
  public func merge(_ other: EnsembleAccumulator) {
    precondition(sums.count == other.sums.count && imageCount == other.imageCount)
    for index in 0..<sums.count { sums[index] += other.sums[index] }
    for image in 0..<imageCount {
      mostConfident[image] = max(mostConfident[image], other.mostConfident[image])
    }
  }

  /// Counts in what all ranks have counted. Collective.
  public func combine(over communicator: Communicator) throws(CollectiveError) {
    guard communicator.size > 1 else { return }
    try communicator.sum(sums.view)
    try communicator.max(mostConfident.view)
  }

  /// The ensemble's figures, all networks having been counted in. Throws where a network's
  /// probabilities were not finite.
  public func result(labels: [UInt8]) throws(EvaluationError) -> EnsembleResult {
    guard refused[0] == 0 else {
      throw EvaluationError(
        description:
          "\(refused[0]) of \(networkCount) generated networks give probabilities that are not finite: "
          + "the training has diverged. Take an earlier checkpoint, with a lower training.learningRate "
          + "or objective.lambda")
    }
    var right = (votes: 0, probability: 0, confident: 0)
    var logLikelihood = 0.0
    var brier = 0.0
    var bins = [(count: Int, confidence: Double, right: Int)](
      repeating: (0, 0, 0), count: 15)
    let unit = Self.probabilityUnit * Double(networkCount)
    for image in 0..<imageCount {
      let label = Int(labels[image])
      var byVotes = 0
      var byProbability = 0
      for k in 1..<classCount {
        let cell = image * classCount
        if votes[cell + k] > votes[cell + byVotes] { byVotes = k }
        if probabilities[cell + k] > probabilities[cell + byProbability] { byProbability = k }
      }
      if byVotes == label { right.votes += 1 }
      if byProbability == label { right.probability += 1 }
      if Int(mostConfident[image] & 0xFF) == label { right.confident += 1 }
      for k in 0..<classCount {
        let p = Double(probabilities[image * classCount + k]) / unit
        brier += (p - (k == label ? 1 : 0)) * (p - (k == label ? 1 : 0))
        if k == label { logLikelihood += log(max(p, 1e-12)) }
      }
      let confidence = Double(probabilities[image * classCount + byProbability]) / unit
      let bin = min(bins.count - 1, Int(confidence * Double(bins.count)))
      bins[bin].count += 1
      bins[bin].confidence += confidence
      if byProbability == label { bins[bin].right += 1 }
    }
    let images = Double(imageCount)
    return EnsembleResult(
      samples: networkCount, images: imageCount,
      accuracies: (0..<networkCount).map { Double(correct[$0]) / images },
      majorityAccuracy: Double(right.votes) / images,
      meanProbabilityAccuracy: Double(right.probability) / images,
      mostConfidentAccuracy: Double(right.confident) / images, nll: -logLikelihood / images,
      brier: brier / images,
      ece: bins.reduce(0) { $0 + abs(Double($1.right) - $1.confidence) } / images)
  }
}
