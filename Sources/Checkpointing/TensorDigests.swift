// One number for each tensor of a checkpoint, by which the damaged one is named.

import Files
import Numerics

/// The digest of a training state and those of its tensors, as a checkpoint carries them.
public struct TensorDigests: Sendable, Equatable {
  /// ``StateDigest``.
  public let state: String
  /// By the tensors' names: ``of(_:)``.
  public let tensors: [String: String]

  /// SHA-256 of a tensor as 64 hexadecimal digits: of the line `hyperdist tensor 1`, then as ``StateDigest`` does it name, extents and
  /// values.
  static func of(_ tensor: CheckpointTensor) -> String {
    var digest = SHA256()
    digest.update("hyperdist tensor 1\n")
    digest.add(tensor.name, tensor.shape, tensor.values)
    return digest.hexDigest()
  }

  /// The rank that looks at each of some tensors: the least busy, the largest tensors first. `isRootBusy`: rank 0 has as much to do already as
  /// all of them are.
  static func owners(_ sizes: [Int], among ranks: Int, isRootBusy: Bool) -> [Int] {
    var work = [Int](repeating: 0, count: ranks)
    if isRootBusy { work[0] = sizes.reduce(0, +) }
    var owners = [Int](repeating: 0, count: sizes.count)
    for index in sizes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
      let rank = work.indices.min { (work[$0], $0) < (work[$1], $1) } ?? 0
      work[rank] += sizes[index]
      owners[index] = rank
    }
    return owners
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
