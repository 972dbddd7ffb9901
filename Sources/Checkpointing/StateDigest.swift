// One number for all training state.

import Files
import Numerics

/// SHA-256 of a training state as 64 hexadecimal digits: equal for equal states, whatever the number
/// of ranks, the order of tensors or the file they came from.
///
/// Digested: the line `hyperdist state 1`, then step, seed, shard count and number of tensors; then
/// for each tensor, by name: the name's length in bytes, the name, the number of extents, the
/// extents, the values. Whole numbers have 64 bits, values 32; all little-endian. Cost: reads the values once.
public struct StateDigest: ~Copyable {
  private var digest = SHA256()

  /// Of a state to which `tensorCount` tensors will be added.
  init(step: Int, seed: UInt64, shardCount: Int, tensorCount: Int) {
    digest.update("hyperdist state 1\n")
    digest.update([UInt64(step), seed, UInt64(shardCount), UInt64(tensorCount)])
  }

  /// The next tensor, in the order of names.
  mutating func add(_ name: String, _ shape: [Int], _ values: FloatView) {
    digest.add(name, shape, values)
  }

  consuming func text() -> String { digest.hexDigest() }

  /// The digest up to the tensor that was added last, which is that tensor's running digest.
  func textSoFar() -> String { digest.hexDigestSoFar() }

  public static func compute(
    step: Int, seed: UInt64, shardCount: Int, tensors: [CheckpointTensor]
  ) -> String {
    digests(step: step, seed: seed, shardCount: shardCount, tensors: tensors).state
  }

  /// The digest with the running ones of all tensors.
  static func digests(step: Int, seed: UInt64, shardCount: Int, tensors: [CheckpointTensor])
    -> TensorDigests
  {
    var digest = StateDigest(
      step: step, seed: seed, shardCount: shardCount, tensorCount: tensors.count)
    var running: [String: String] = [:]
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      digest.add(tensor.name, tensor.shape, tensor.values)
      running[tensor.name] = digest.textSoFar()
    }
    return TensorDigests(state: digest.text(), running: running)
  }
}
