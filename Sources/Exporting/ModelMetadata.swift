// What an exported file says of where it comes from.

import Files
import Hypernetworks

/// Entries of an ONNX file's `metadata_props`.
public struct ModelMetadata: Sendable {
  /// What the networks are, in words.
  let networks: String
  /// The resolved configuration as YAML text.
  let configuration: String
  /// The data set: its name, or all that is kept of it, as JSON.
  let data: String
  let step: Int?
  /// Of the checkpoint; nil where there is none.
  let stateDigest: String?
  /// Of networks that were drawn; nil where none were.
  let seed: UInt64?

  public init(
    networks: String, configuration: String, data: String, step: Int?, stateDigest: String?,
    seed: UInt64?
  ) {
    self.networks = networks
    self.configuration = configuration
    self.data = data
    self.step = step
    self.stateDigest = stateDigest
    self.seed = seed
  }

  /// `architecture` is that of the hypernetwork in the file, if one is.
  func entries(of architecture: HypernetworkArchitecture?) -> [(key: String, value: String)] {
    var digest = SHA256()
    digest.update(configuration)
    let entries: [(key: String, value: String?)] = [
      ("networks", networks), ("data", data), ("step", step.map(String.init)),
      ("seed", seed.map { String($0) }), ("latents", architecture?.priorText),
      ("state_digest", stateDigest), ("configuration", configuration),
      ("configuration_sha256", digest.hexDigest()),
    ]
    return entries.compactMap { entry in entry.value.map { (entry.key, $0) } }
  }
}

extension HypernetworkArchitecture {
  /// How latents are drawn, in words.
  var priorText: String {
    switch prior {
    case .uniform: "uniform on [-1, 1] in each dimension"
    case .normal: "standard normal in each dimension"
    case .modes:
      "of one of \(modes) modes: of mode k the k-th number is \(modeCoordinate) and the others of the first \(modes) are 0; "
        + "the rest are normal with deviation \(modeSpread)"
    }
  }
}
