// The columns of metrics.csv: the one place that says what they are called and where their values are.

import Host

/// A column: its name, how a row's value is written and how it is read.
package struct MetricsColumn: Sendable {
  package let name: String
  /// The row's value where the column holds numbers, and any row has one.
  package let number: @Sendable (MetricsRow) -> Double?
  let isNumbers: Bool
  let write: @Sendable (MetricsRow) -> String
  /// False where the text is no value of this column.
  let read: @Sendable (_ text: String, inout MetricsRow) -> Bool

  private init(_ name: String, _ path: WritableKeyPath<MetricsRow, Double?> & Sendable) {
    self.name = name
    isNumbers = true
    number = { $0[keyPath: path] }
    write = { row in
      guard let value = row[keyPath: path], value.isFinite else { return "" }
      return "\(value)"
    }
    read = { text, row in
      if text.isEmpty { return true }
      guard let value = Double(text) else { return false }
      row[keyPath: path] = value.isFinite ? value : nil
      return true
    }
  }

  private init(
    _ name: String, isNumbers: Bool = false, number: @escaping @Sendable (MetricsRow) -> Double?,
    write: @escaping @Sendable (MetricsRow) -> String,
    read: @escaping @Sendable (String, inout MetricsRow) -> Bool
  ) {
    (self.name, self.isNumbers) = (name, isNumbers)
    (self.number, self.write, self.read) = (number, write, read)
  }
}

extension MetricsColumn {
  package static let step = MetricsColumn(
    "step", number: { Double($0.step) }, write: { "\($0.step)" },
    read: { text, row in
      guard let step = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }), step >= 0 else {
        return false
      }
      row.step = step
      return true
    })
  package static let loss = MetricsColumn("loss", \.loss)
  package static let accuracyLoss = MetricsColumn("accuracy_loss", \.accuracyLoss)
  package static let diversityLoss = MetricsColumn("diversity_loss", \.diversityLoss)
  package static let entropy = MetricsColumn("entropy", \.entropy)
  package static let nearestDistance = MetricsColumn("nearest_distance", \.nearestDistance)
  package static let trainAccuracy = MetricsColumn("train_accuracy", \.trainAccuracy)
  package static let learningRate = MetricsColumn("learning_rate", \.learningRate)
  package static let lambda = MetricsColumn("lambda", \.lambda)
  package static let validationMeanAccuracy = MetricsColumn(
    "validation_mean_accuracy", \.validationMeanAccuracy)
  package static let validationMajorityAccuracy = MetricsColumn(
    "validation_majority_accuracy", \.validationMajorityAccuracy)
  package static let validationMeanProbabilityAccuracy = MetricsColumn(
    "validation_mean_probability_accuracy", \.validationMeanProbabilityAccuracy)
  package static let validationEntropy = MetricsColumn("validation_entropy", \.validationEntropy)
  package static let validationDisagreement = MetricsColumn(
    "validation_disagreement", \.validationDisagreement)
  package static let validationGain = MetricsColumn("validation_gain", \.validationGain)
  package static let validationNLL = MetricsColumn("validation_nll", \.validationNLL)
  package static let validationRMSE = MetricsColumn("validation_rmse", \.validationRMSE)
  package static let validationCRPS = MetricsColumn("validation_crps", \.validationCRPS)
  package static let reduction = MetricsColumn(
    "reduction", number: { _ in nil }, write: { $0.reduction },
    read: { text, row in
      if !text.isEmpty { row.reduction = text }
      return true
    })
  package static let seconds = MetricsColumn("seconds", \.seconds)
  package static let imagesPerSecond = MetricsColumn("images_per_second", \.imagesPerSecond)

  package static func seconds(of phase: Phase) -> MetricsColumn {
    MetricsColumn("seconds_\(phase)", \.[phase])
  }

  /// All of them, in the order in which they are written; those from `seconds` on are timings, which differ
  /// from run to run.
  package static let all: [MetricsColumn] =
    [
      .step, .loss, .accuracyLoss, .diversityLoss, .entropy, .nearestDistance, .trainAccuracy,
      .learningRate, .lambda, .validationMeanAccuracy, .validationMajorityAccuracy,
      .validationMeanProbabilityAccuracy, .validationEntropy, .validationDisagreement,
      .validationGain, .validationNLL, .validationRMSE, .validationCRPS, .reduction, .seconds,
      .imagesPerSecond,
    ] + Phase.allCases.map(seconds(of:))
}
