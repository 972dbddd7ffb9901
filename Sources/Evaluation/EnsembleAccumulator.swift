// Predictions of many networks on the same images, added up exactly.

import Collectives
import Glibc
import Numerics
import Synchronization

/// Adds up predictions of networks in whole numbers: votes, right answers, and probabilities and
/// entropies in units of a power of 2. Sums of whole numbers are exact, so neither the order nor the split
/// over threads and ranks can change a result.
public final class EnsembleAccumulator: Sendable {
  /// More networks would leave too few digits for their probabilities.
  public static let mostNetworks = 1 << 20
  /// Of a class, a network and a confidence together, in 63 bits.
  public static let mostClasses = 1 << 12

  private let imageCount: Int
  private let classCount: Int
  private let networkCount: Int
  /// 1 / unit of probabilities: N of at most 1 stay below 2^63. Entropies, of 256 classes at most ln 256 < 8, have a
  /// unit 8 times as large, of more classes 16 times.
  private let probabilityScale: Double
  private var entropyScale: Double { probabilityScale / (classCount <= 256 ? 8 : 16) }
  /// Added up over networks: votes and probabilities, (images, classes) each, then each image's
  /// entropies, then right answers of each network, then the number of networks that have none because a
  /// probability is not finite.
  private let sums: AlignedBuffer<Int64>
  /// Per image the greatest of (confidence, lowest network, class), packed.
  private let mostConfident: AlignedBuffer<Int64>
  /// Threads add one after the other.
  private let adding = Mutex<Void>(())

  private var cells: Int { imageCount * classCount }
  private var votes: VectorView<Int64> { sums.view.slice(0, cells) }
  private var probabilities: VectorView<Int64> { sums.view.slice(cells, cells) }
  private var entropies: VectorView<Int64> { sums.view.slice(2 * cells, imageCount) }
  private var correct: VectorView<Int64> { sums.view.slice(2 * cells + imageCount, networkCount) }
  private var refused: VectorView<Int64> {
    sums.view.slice(2 * cells + imageCount + networkCount, 1)
  }

  /// For up to `networkCount` networks, which decide the unit: accumulators that are merged have the same.
  public init(imageCount: Int, classCount: Int, networkCount: Int) {
    precondition(
      classCount <= Self.mostClasses && networkCount <= Self.mostNetworks,
      "EnsembleAccumulator: \(classCount) classes, \(networkCount) networks")
    self.imageCount = imageCount
    self.classCount = classCount
    self.networkCount = networkCount
    var exponent = 62
    while 1 << (62 - exponent) < networkCount { exponent -= 1 }
    probabilityScale = Double(1 << exponent)
    sums = AlignedBuffer(count: 2 * imageCount * classCount + imageCount + networkCount + 1)
    mostConfident = AlignedBuffer(count: imageCount)
  }

  /// Counts in one network's `probabilities`, (images, classes), read. From any thread.
  public func add(networkIndex: Int, probabilities values: FloatView, labels: [ClassLabel]) {
    precondition(
      values.count >= cells && labels.count == imageCount,
      "EnsembleAccumulator: \(values.count) probabilities and \(labels.count) labels for "
        + "\(imageCount) images of \(classCount) classes")
    let isFinite = (0..<cells).allSatisfy { values[$0].isFinite }
    let ownEntropies = isFinite ? entropies(of: values) : []
    adding.withLock { _ in
      guard isFinite else {
        refused[0] += 1
        return
      }
      for image in 0..<imageCount {
        let row = values.slice(image * classCount, classCount)
        var best = 0
        for k in 0..<classCount {
          probabilities[image * classCount + k] += Int64(
            (Double(row[k]) * probabilityScale).rounded())
          if row[k] > row[best] { best = k }
        }
        entropies[image] += ownEntropies[image]
        votes[image * classCount + best] += 1
        if best == Int(labels[image]) { correct[networkIndex] += 1 }
        let key =
          Int64(max(row[best], 0).bitPattern) << 32 | Int64(0xF_FFFF - networkIndex) << 12
          | Int64(best)
        mostConfident[image] = max(mostConfident[image], key)
      }
    }
  }

  /// Each image's entropy of the class, in units.
  private func entropies(of values: FloatView) -> [Int64] {
    (0..<imageCount).map { image in
      let row = values.slice(image * classCount, classCount)
      var sum = 0.0
      for k in 0..<classCount where row[k] > 0 { sum -= Double(row[k]) * log(Double(row[k])) }
      return Int64((sum * entropyScale).rounded())
    }
  }

  /// Counts in what another accumulator of the same images has counted.
  public func merge(_ other: EnsembleAccumulator) {
    precondition(
      sums.count == other.sums.count && imageCount == other.imageCount
        && probabilityScale == other.probabilityScale)
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

  /// Right answers of each network that was counted in, as fractions of the images.
  public var accuracies: [Double] {
    (0..<networkCount).map { Double(correct[$0]) / Double(imageCount) }
  }

  /// What the networks counted in so far, `count` of them, say together. Throws where a network's
  /// probabilities were not finite.
  public func prediction(of count: Int) throws(EvaluationError) -> EnsemblePrediction {
    guard refused[0] == 0 else {
      throw EvaluationError(
        description:
          "\(refused[0]) of \(count) generated networks give probabilities that are not finite: "
          + "the training has diverged. Take an earlier checkpoint, with a lower training.learningRate "
          + "or objective.lambda")
    }
    let probabilityUnit = probabilityScale * Double(count)
    let entropyUnit = entropyScale * Double(count)
    return EnsemblePrediction(
      networkCount: count, imageCount: imageCount, classCount: classCount,
      meanProbabilities: (0..<cells).map { Double(probabilities[$0]) / probabilityUnit },
      meanEntropies: (0..<imageCount).map { Double(entropies[$0]) / entropyUnit },
      votes: (0..<cells).map { Int(votes[$0]) },
      mostConfidentClasses: (0..<imageCount).map { Int(mostConfident[$0] & 0xFFF) })
  }

  /// The figures of all networks, all having been counted in.
  public func result(labels: [ClassLabel]) throws(EvaluationError) -> EnsembleResult {
    EnsembleResult(
      prediction: try prediction(of: networkCount), accuracies: accuracies, labels: labels)
  }
}
