// What numbers of a data set are for the networks that are trained on it.

import Datasets

/// How inputs are given to networks, and what their predictions mean.
public struct DataUnits: Sendable {
  /// What inputs are normalized by; nil: not at all.
  let inputs: ChannelNormalization?
  /// What numbers to predict are normalized by; nil: not at all.
  let targets: ChannelNormalization?
  /// Whether inputs are bytes, of which networks see numbers from 0 to 1.
  let areBytes: Bool

  public init(_ data: DataSummary) {
    inputs = data.inputNormalization
    targets = data.targetNormalization
    areBytes = data.hasBytes
  }

  /// Of images of bytes that are not normalized.
  public static let pixels = DataUnits(inputs: nil, areBytes: true)

  init(
    inputs: ChannelNormalization?, targets: ChannelNormalization? = nil, areBytes: Bool
  ) {
    (self.inputs, self.targets, self.areBytes) = (inputs, targets, areBytes)
  }
}
