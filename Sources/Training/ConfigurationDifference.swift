// Whether a checkpoint's training is the one that is asked for.

import Configurations

/// The settings in which two configurations differ, of those that decide what is computed. How long to train, unless schedules
/// go by it, what to report and save and how to exchange may change from session to session.
struct ConfigurationDifference: CustomStringConvertible {
  struct Change: Equatable {
    let key: String
    let saved: String
    let wanted: String
  }

  let changes: [Change]
  var isEmpty: Bool { changes.isEmpty }

  init(saved: Configuration, wanted: Configuration) {
    changes = Setting.all.compactMap { setting in
      let change = Change(
        key: setting.key, saved: setting.text(saved), wanted: setting.text(wanted))
      if setting.key == "baseline.method", saved.baseline.method.isPlain,
        wanted.baseline.method.isPlain, saved.baseline.memberCount == wanted.baseline.memberCount
      {
        return nil
      }
      let mayChange = Self.mayChange(setting.key) || Self.playsNoPart(setting.key, wanted)
      return change.saved == change.wanted || mayChange ? nil : change
    }
  }

  /// Whether a setting decides nothing of what `wanted` trains.
  private static func playsNoPart(_ key: String, _ wanted: Configuration) -> Bool {
    let isBaseline = wanted.baseline.method != .none
    let section = key.prefix { $0 != "." }
    return switch section {
    case "training" where key == "training.steps": isBaseline || !wanted.isSpannedBySteps
    case "training":
      isBaseline
        && !["training.seed", "training.precision", "training.gradientNorm"].contains(key)
    case "objective": isBaseline && key != "objective.gauge"
    case "hypernetwork", "distribution": isBaseline
    case "baseline" where key == "baseline.steps":
      !isBaseline || !wanted.baseline.rates.dependsOnLength
    case "baseline" where key == "baseline.method": false
    case "baseline"
    where ["baseline.networks", "baseline.noise", "baseline.targetAccuracy"].contains(key):
      true
    case "baseline": !isBaseline
    default: false
    }
  }

  private static func mayChange(_ key: String) -> Bool {
    let sections = ["validation.", "checkpoint.", "metrics."]
    let keys = [
      "training.maxSkippedSteps", "distribution.exchange",
      "distribution.collectives", "distribution.optimizer", "distribution.wideLayers",
      "distribution.stallSeconds",
    ]
    return keys.contains(key) || sections.contains { key.hasPrefix($0) }
  }

  /// Such as `objective.lambda: 1 -> 2`.
  var description: String {
    changes.map { change in
      let same = zip(change.saved, change.wanted).prefix { $0 == $1 }.count
      return
        "\(change.key): \(Self.excerpt(change.saved, from: same)) -> "
        + Self.excerpt(change.wanted, from: same)
    }.joined(separator: ", ")
  }

  /// A value; of a long one what is at `place`, where the other begins to differ.
  private static func excerpt(_ value: String, from place: Int) -> String {
    let (width, before) = (70, 25)
    if value.count <= width { return value }
    let start = min(max(0, place - before), value.count - width)
    let end = start + width < value.count ? "..." : ""
    return (start > 0 ? "..." : "") + value.dropFirst(start).prefix(width) + end
  }
}
