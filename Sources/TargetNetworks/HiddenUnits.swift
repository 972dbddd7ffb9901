// The units of a network that a rectifier may silence.

/// The filters of a layer whose output ReLU follows: units of a fully connected layer, channels of a convolution.
public struct HiddenUnits: Sendable, Equatable {
  /// Index into ``TargetArchitecture/blocks``.
  public let block: Int
  /// Their places among all hidden units of the network.
  public let range: Range<Int>
}
