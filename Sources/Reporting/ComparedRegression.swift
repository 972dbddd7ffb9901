// One of the ensembles that are compared and predict numbers.

import Evaluation
import Files
import TrainedModels

/// An ensemble's figures beside others': all that `evaluate --json` tells of it, with its name and its file.
public struct ComparedRegression: JSONConvertible {
  let name: String
  let file: String
  /// What the networks are, in words.
  let networks: String
  public let json: JSONValue

  public init(
    name: String, file: String, networks: String, step: Int?, report: RegressionReport,
    cost: NetworkCost?, coreSeconds: Double?
  ) {
    (self.name, self.file, self.networks) = (name, file, networks)
    json = report.json([
      ("name", name.json), ("file", file.json), ("networks", networks.json), ("step", step.json),
      ("cost", cost?.json(coreSeconds: coreSeconds) ?? .null),
    ])
  }

  public init?(json: JSONValue) {
    guard let name = json["name"]?.text, let file = json["file"]?.text,
      let networks = json["networks"]?.text, json["rmse"] != nil
    else { return nil }
    (self.name, self.file, self.networks, self.json) = (name, file, networks, json)
  }

  /// A number by its key, or by the object that it stands in and its key there; nil where there is none.
  func figure(_ keys: String...) -> Double? {
    keys.reduce(json) { $0?[$1] }?.number
  }

  /// A member of the interval of `level`.
  func interval(_ level: Double, _ key: String) -> Double? {
    json["intervals"]?.elements?.first { $0["level"]?.number == level }?[key]?.number
  }
}
