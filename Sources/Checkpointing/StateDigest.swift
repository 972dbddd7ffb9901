// One number for all training state.

import Files

public enum StateDigest {
  /// SHA-256 of a training state as 64 hexadecimal digits: equal for equal states, whatever the number
  /// of ranks, the order of `tensors` or the file they came from.
  ///
  /// Digested: the line `hyperdist state 1`, then step, seed, shard count and number of tensors; then
  /// for each tensor, by name: the name's length in bytes, the name, the number of extents, the
  /// extents, the values. Whole numbers have 64 bits, values 32; all little-endian. Cost: reads the values once.
  public static func compute(
    step: Int, seed: UInt64, shardCount: Int, tensors: [CheckpointTensor]
  ) -> String {
    var digest = SHA256()
    digest.update("hyperdist state 1\n")
    digest.update([UInt64(step), seed, UInt64(shardCount), UInt64(tensors.count)])
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      digest.update([UInt64(tensor.name.utf8.count)])
      digest.update(tensor.name)
      digest.update([UInt64(tensor.shape.count)] + tensor.shape.map { UInt64($0) })
      digest.update(tensor.values.bytes)
    }
    return digest.hexDigest()
  }
}

extension SHA256 {
  fileprivate mutating func update(_ numbers: [UInt64]) {
    numbers.map(\.littleEndian).withUnsafeBytes { update($0) }
  }
}
