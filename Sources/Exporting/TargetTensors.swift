// A target layer's weights as values of a graph.

import TargetNetworks

/// Names of what one layer of a target network computes with.
struct TargetTensors {
  /// What is behind the kernels.
  enum Tail {
    case bias(String)
    case normalization(scale: String, shift: String)
  }

  let kernel: String
  let tail: Tail

  /// In the order of ``names(of:)``.
  var values: [String] {
    switch tail {
    case .bias(let bias): [kernel, bias]
    case .normalization(let scale, let shift): [kernel, scale, shift]
    }
  }

  /// From values in the order of ``names(of:)``.
  init(_ block: TargetArchitecture.Block, _ values: [String]) {
    kernel = values[0]
    tail =
      block.isNormalized
      ? .normalization(scale: values[1], shift: values[2]) : .bias(values[1])
  }

  /// The names that files of samples have for a layer's tensors.
  static func names(of block: TargetArchitecture.Block) -> [String] {
    let parts = block.isNormalized ? ["kernel", "scale", "shift"] : ["kernel", "bias"]
    return parts.map { "weights.\(block.name).\($0)" }
  }

  /// The shapes of one network's, in the order of ``names(of:)``.
  static func shapes(of block: TargetArchitecture.Block) -> [[Int]] {
    [[block.filterCount] + block.kernelShape]
      + names(of: block).dropFirst().map { _ in [block.filterCount] }
  }
}
