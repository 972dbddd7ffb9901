// Images that are none of the networks' own, an option of several commands.

import ArgumentParser
import Configurations
import Datasets
import Evaluation

/// Of commands that ask ensembles what they make of other images.
struct OutlierOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also how well the ensemble tells images of another data set, or noise or rotated.",
      valueName: "name"))
  var ood: String?

  func validate() throws {
    guard let ood, OutlierSource(name: ood) == nil else { return }
    throw ValidationError(
      "--ood: there is no data set '\(ood)'; the nearest known name is "
        + "\(nearestName(to: ood, among: OutlierSource.names)) "
        + "(\(OutlierSource.names.joined(separator: ", ")))")
  }

  /// The images to evaluate on, with these others. Local.
  func sets(
    _ evaluated: LabeledImages, of data: Dataset, calibration: LabeledImages?,
    dataDirectory: String?
  ) throws -> EvaluationImages {
    var sets = EvaluationImages(evaluated: evaluated, calibration: calibration)
    if let ood, let source = OutlierSource(name: ood) {
      sets.outliers = (
        ood, try source.images(against: evaluated, of: data.name, dataDirectory: dataDirectory)
      )
    }
    return sets
  }
}
