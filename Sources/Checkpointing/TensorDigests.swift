// One number for each tensor of a checkpoint, by which the damaged one is named.

import Files
import Numerics

/// The digest of a training state and those of its tensors, as a checkpoint carries them.
public struct TensorDigests: Sendable, Equatable {
  /// ``StateDigest``; empty where there is none.
  public var state = ""
  /// By the tensors' names: the state's digest up to and with this one. The first that is not what it was is that of a damaged tensor,
  /// and they cost nothing beside the whole's.
  public var running: [String: String] = [:]

  /// SHA-256 of a tensor alone, which files had before they had running digests: 64 hexadecimal digits, of the line `hyperdist tensor 1`, then as
  /// ``StateDigest`` does it name, extents and values.
  static func of(_ tensor: CheckpointTensor) -> String {
    var digest = SHA256()
    digest.update("hyperdist tensor 1\n")
    digest.add(tensor.name, tensor.shape, tensor.values)
    return digest.hexDigest()
  }
}

extension TensorDigests {
  /// As one text for other ranks.
  var text: String {
    ([state] + running.map { "\($0.value) \($0.key)" }).joined(separator: "\n")
  }

  init(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    state = String(lines.first ?? "")
    for line in lines.dropFirst() {
      // Names may hold spaces, digests do not.
      guard let space = line.firstIndex(of: " ") else { continue }
      running[String(line[line.index(after: space)...])] = String(line[..<space])
    }
  }
}

extension SHA256 {
  /// A tensor: the name's length in bytes, the name, the number of extents, the extents, the values. Whole numbers have 64 bits, values 32;
  /// all little-endian.
  mutating func add(_ name: String, _ shape: [Int], _ values: FloatView) {
    update([UInt64(name.utf8.count)])
    update(name)
    update([UInt64(shape.count)] + shape.map { UInt64($0) })
    update(values.bytes)
  }

  mutating func update(_ numbers: [UInt64]) {
    numbers.map(\.littleEndian).withUnsafeBytes { update($0) }
  }
}
