// Images changed to be taken for something else: by one network, by an ensemble.

import Evaluation

/// The fast gradient sign method with a target. For every image i: a network w_i is generated, a target class
/// t_i other than the image's drawn, and for sizes e = 2/255, 4/255 ... 60/255 of the pixels' range
///
///     x' = clip(x - e * sign(d CE(f(x; w_i), t_i) / d x), 0, 1)
///
/// where f is the network in use: its normalizations have the statistics measured for w_i.
/// An attack succeeds where x' is classified as t_i: by w_i alone; by the majority vote of an ensemble of other
/// networks, which does not contain w_i; and by that ensemble's mean probability.
public enum AdversarialAnalysis {
  /// Fractions of the images: attacks that succeed, images that are not named as their label.
  public enum Column: String, TableColumn {
    public static let table = "adversarial"
    case size = "size_255"
    case singleSuccess = "single_success"
    case majoritySuccess = "majority_success"
    case meanProbabilitySuccess = "mean_probability_success"
    case singleError = "single_error"
    case majorityError = "majority_error"
    case meanProbabilityError = "mean_probability_error"

    /// What is counted of each size, in the order of ``Attack``'s counts.
    static let outcomes = Array(allCases.dropFirst())
  }

  static let sizeCount = 30
  static let sizeStep = 2

  static func run(_ evaluator: EnsembleEvaluator, _ request: AnalysisRequest) throws
    -> AnalysisResult
  {
    let counts = try Attack(evaluator, request).run()
    let images = Double(request.imageCount)
    var table = NumberTable(Column.self)
    for size in 0..<sizeCount {
      var row: [Column: Double] = [.size: Double((size + 1) * sizeStep)]
      for (index, outcome) in Column.outcomes.enumerated() {
        row[outcome] = Double(counts[size * Column.outcomes.count + index]) / images
      }
      table.add(row)
    }
    let last = sizeCount - 1
    return AnalysisResult(
      .adversarial, tables: [table],
      summary: [
        "at size \(sizeCount * sizeStep)/255 the attack succeeds on \(percent(table[last, .singleSuccess])) of "
          + "\(request.imageCount) images for the single network it was made for, on "
          + "\(percent(table[last, .majoritySuccess])) for the majority vote of \(request.samples) others"
      ])
  }
}
