// What a validation finds, whatever networks are asked.

import Files

/// Figures of networks that name classes, or of networks that predict numbers.
public enum NetworkFigures: Sendable {
  case classes(EnsembleResult)
  case numbers(RegressionResult)

  public var classes: EnsembleResult? {
    if case .classes(let result) = self { result } else { nil }
  }

  public var numbers: RegressionResult? {
    if case .numbers(let result) = self { result } else { nil }
  }

  public var layers: LayerReport? {
    switch self {
    case .classes(let result): result.layers
    case .numbers(let result): result.layers
    }
  }

  /// Of each network alone: its accuracy, or its root mean square error.
  public var ofNetworks: [Double] {
    switch self {
    case .classes(let result): result.accuracies
    case .numbers(let result): result.networkRMSE
    }
  }

  /// Negative log-likelihood of all networks together, in nats.
  public var nll: Double {
    switch self {
    case .classes(let result): result.nll
    case .numbers(let result): result.scores.nll
    }
  }

  /// Kozachenko-Leonenko entropy of the networks' weights in nats, where it was computed.
  public var entropy: Double? {
    switch self {
    case .classes(let result): result.entropy
    case .numbers(let result): result.entropy
    }
  }

  public var json: JSONValue {
    switch self {
    case .classes(let result): result.json
    case .numbers(let result): result.json
    }
  }
}
