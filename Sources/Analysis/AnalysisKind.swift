// What all analyses share: what they are asked, and what they give.

import Glibc
import TargetNetworks

/// One of the experiments on generated networks.
public enum AnalysisKind: String, Sendable, CaseIterable {
  case accuracy, filters, scatter, paths, ensembles, adversarial, similarity, predictions,
    calibration

  /// What `samples` counts, and the number where none is given: those of the paper where it says one.
  public var samples: (meaning: String, standard: Int) {
    switch self {
    case .accuracy: ("networks", 200)
    case .filters: ("networks", 12)
    case .scatter: ("networks", 500)
    case .paths: ("pairs of networks", 10)
    case .ensembles: ("networks of each of \(EnsemblesAnalysis.ensembleCount) ensembles", 200)
    case .adversarial: ("networks of the ensemble", 100)
    case .similarity: ("networks", 40)
    case .predictions, .calibration: ("networks", 200)
    }
  }

  /// Networks that an analysis of `samples` takes at least.
  public func networks(_ samples: Int) -> Int {
    switch self {
    case .accuracy, .filters, .scatter, .similarity, .predictions, .calibration: samples
    case .paths: 2 * samples
    case .ensembles: EnsemblesAnalysis.ensembleCount * samples
    // And one to attack.
    case .adversarial: samples + 1
    }
  }

  /// The most samples for which `networks` networks are enough; 0 where they never are.
  public func samples(ofNetworks networks: Int) -> Int {
    (0...max(0, networks)).last { self.networks($0) <= networks } ?? 0
  }

  /// Why it has no meaning for networks of this loss; nil where it has.
  public func objection(to loss: Loss) -> String? {
    switch (self, loss.isRegression) {
    case (.accuracy, true), (.ensembles, true), (.adversarial, true), (.similarity, true):
      "analyze \(rawValue) goes by the classes that networks name, and these predict numbers: it has no meaning for them (what has: "
        + "predictions, calibration, scatter, paths, filters; evaluate tells what ensembles of each size are worth)"
    case (.predictions, false), (.calibration, false):
      "analyze \(rawValue) is of networks that predict numbers, and these name classes (evaluate tells how calibrated their probabilities are)"
    default: nil
    }
  }

  /// Fewer samples show nothing.
  public var fewestSamples: Int {
    switch self {
    case .scatter: 3
    case .similarity: 2
    default: 1
    }
  }
}

/// About four significant digits, for people.
func figures(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return "\(value)" }
  let scale = pow(10, (3 - log10(abs(value)).rounded(.down)))
  return "\((value * scale).rounded() / scale)"
}

/// A fraction as a percentage with two decimals.
func percent(_ fraction: Double) -> String { hundredths(100 * fraction) + " %" }

/// A number with two decimals; what is none says so.
func hundredths(_ value: Double) -> String {
  guard abs(value) < 1e15 else { return "\(value)" }
  let whole = Int((abs(value) * 100).rounded())
  return "\(value < 0 && whole > 0 ? "-" : "")\(whole / 100).\(whole % 100 / 10)\(whole % 10)"
}
