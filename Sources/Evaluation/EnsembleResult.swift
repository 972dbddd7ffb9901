// What an ensemble of generated networks achieves.

import Files
import Numerics

/// Accuracies of generated networks alone and together, and how much they differ. Accuracies are fractions.
public struct EnsembleResult: Sendable {
  /// Networks and images.
  public var samples: Int
  public var images: Int
  /// Of each network alone.
  public var accuracies: [Double]
  /// Of the class with most votes; ties go to the lowest class.
  public var majorityAccuracy: Double
  /// Of the class with the largest mean probability.
  public var meanProbabilityAccuracy: Double
  /// Of the class that the most confident network names; ties go to the lowest network.
  public var mostConfidentAccuracy: Double
  /// Of the mean probability.
  public var calibration: CalibrationScores
  /// Means over images, in nats: entropy of the mean probability, and of single networks.
  public var predictiveEntropy: Double
  public var networkEntropy: Double
  /// Mean over images of ``EnsemblePrediction/mutualInformation``, in nats.
  public var mutualInformation: Double
  /// ``EnsemblePrediction/disagreement``: nil for a single network.
  public var disagreement: Double?
  /// Of the class with the largest mean probability.
  public var classes: [ClassFigures]
  /// Kozachenko-Leonenko entropy of the networks' weights in nats, where it was computed.
  public var entropy: Double?
  /// What the networks' layers tell, where it was looked into.
  public var layers: LayerReport?

  public init(prediction: EnsemblePrediction, accuracies: [Double], labels: [ClassLabel]) {
    let images = Double(labels.count)
    func accuracy(_ classes: [Int]) -> Double {
      Double(zip(classes, labels).count { $0 == Int($1) }) / images
    }
    samples = prediction.networkCount
    self.images = labels.count
    self.accuracies = accuracies
    majorityAccuracy = accuracy(prediction.majorityClasses)
    mostConfidentAccuracy = accuracy(prediction.mostConfidentClasses)
    calibration = CalibrationScores(
      probabilities: prediction.meanProbabilities, classCount: prediction.classCount,
      labels: labels)
    meanProbabilityAccuracy = calibration.accuracy
    predictiveEntropy = Statistics.mean(prediction.predictiveEntropies)
    networkEntropy = Statistics.mean(prediction.meanEntropies)
    mutualInformation = Statistics.mean(prediction.mutualInformation)
    disagreement = prediction.disagreement
    classes = ClassFigures.all(
      named: prediction.probableClasses, labels: labels, classCount: prediction.classCount)
  }

  public var nll: Double { calibration.nll }
  public var brier: Double { calibration.brier }
  public var ece: Double { calibration.ece }

  public var meanAccuracy: Double { accuracies.reduce(0, +) / Double(samples) }
  /// What voting, or the mean probability, is better than a single network is on the mean.
  public var majorityGain: Double { majorityAccuracy - meanAccuracy }
  public var meanProbabilityGain: Double { meanProbabilityAccuracy - meanAccuracy }
  /// Standard deviation over networks (divided by their number).
  public var stdAccuracy: Double {
    let mean = meanAccuracy
    let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(samples)).squareRoot()
  }
  public var minAccuracy: Double { accuracies.min() ?? 0 }
  public var maxAccuracy: Double { accuracies.max() ?? 0 }

  /// Networks per bin of `width`, from the bin of the lowest accuracy to that of the highest.
  public func histogram(width: Double) -> [(from: Double, count: Int)] {
    // 0.29 / 0.01 is less than 29: what lies on the edge of a bin belongs into it.
    func bin(_ accuracy: Double) -> Int { Int((accuracy / width + 1e-9).rounded(.down)) }
    let (first, last) = (bin(minAccuracy), bin(maxAccuracy))
    var counts = [Int](repeating: 0, count: last - first + 1)
    for accuracy in accuracies { counts[bin(accuracy) - first] += 1 }
    return counts.enumerated().map { (Double(first + $0.offset) * width, $0.element) }
  }

  /// A round width of some ten bins, for people.
  public var histogramWidth: Double {
    let widths = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]
    return widths.first { (maxAccuracy - minAccuracy) / $0 <= 12 } ?? 0.2
  }

  /// The keys of `evaluate --json` that are known of any evaluation.
  public var members: [(String, JSONValue)] {
    [
      ("samples", .integer(samples)), ("images", .integer(images)),
      ("mean_accuracy", .number(meanAccuracy)), ("std_accuracy", .number(stdAccuracy)),
      ("min_accuracy", .number(minAccuracy)), ("max_accuracy", .number(maxAccuracy)),
      ("majority_accuracy", .number(majorityAccuracy)),
      ("mean_probability_accuracy", .number(meanProbabilityAccuracy)),
      ("most_confident_accuracy", .number(mostConfidentAccuracy)), ("nll", .number(nll)),
      ("brier", .number(brier)), ("ece", .number(ece)),
      ("adaptive_ece", .number(calibration.adaptiveECE)),
      ("predictive_entropy", .number(predictiveEntropy)),
      ("network_entropy", .number(networkEntropy)),
      ("mutual_information", .number(mutualInformation)),
      ("majority_gain", .number(majorityGain)),
      ("mean_probability_gain", .number(meanProbabilityGain)),
      ("disagreement", disagreement.map { .number($0) } ?? .null),
      ("entropy", entropy.map { .number($0) } ?? .null),
    ]
  }

  public var json: JSONValue {
    .object(
      members + [
        ("layer_report", layers.json), ("accuracies", .array(accuracies.map { .number($0) })),
      ])
  }
}
