// The tables of a comparison of networks that predict numbers.

import Evaluation

extension ComparisonColumn where Method == ComparedRegression {
  /// How near predictions are, and how likely the targets.
  static var scores: [ComparisonColumn] {
    [
      ComparisonColumn(head: "networks") { count($0.figure("samples")) },
      figures("RMSE of one", "mean_rmse"),
      figures("RMSE", "rmse"), figures("MAE", "mae"),
      ComparisonColumn(head: "NLL of one") { fixed($0.figure("mean_nll")) },
      ComparisonColumn(head: "NLL") { fixed($0.figure("nll")) }, figures("CRPS", "crps"),
    ]
  }

  /// What the mixture's intervals cover and how wide they are, and what the networks cost.
  static var intervals: [ComparisonColumn] {
    RegressionScores.intervalLevels.flatMap { level in
      let percent = "\(Format.fixed(100 * level, 0)) %"
      return [
        ComparisonColumn(head: "\(percent) cover") {
          $0.interval(level, "coverage").map(Format.percent) ?? ""
        },
        ComparisonColumn(head: "width") { $0.interval(level, "width").map(Format.figures) ?? "" },
      ]
    } + [
      ComparisonColumn(head: "calibration error") {
        $0.figure("calibration_error").map(Format.percent) ?? ""
      },
      figures("networks differ by", "network_spread"),
      ComparisonColumn(head: "trained") { count($0.figure("cost", "trained")) },
      ComparisonColumn(head: "training FLOPs") {
        $0.figure("cost", "training_flops").map(Format.figures) ?? ""
      },
      ComparisonColumn(head: "core time") {
        $0.figure("cost", "core_seconds").map(Format.duration) ?? ""
      },
    ]
  }

  private static func figures(_ head: String, _ key: String) -> ComparisonColumn {
    ComparisonColumn(head: head) { $0.figure(key).map(Format.figures) ?? "" }
  }

  private static func count(_ value: Double?) -> String { value.map { Format.fixed($0, 0) } ?? "" }

  private static func fixed(_ value: Double?) -> String { value.map { Format.fixed($0, 4) } ?? "" }
}
