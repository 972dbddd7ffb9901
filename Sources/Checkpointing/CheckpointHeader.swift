// What a checkpoint says of itself.

import Files

/// What a checkpoint says about itself: the root attributes of the file.
public struct CheckpointHeader: Sendable, Equatable {
  /// Steps done.
  public var step: Int
  public var seed: UInt64
  /// The resolved configuration as YAML text.
  public var configuration: String
  public var programVersion: String
  /// ``StateDigest/compute(step:seed:shardCount:tensors:)`` of what was saved.
  public var stateDigest: String
  /// How numbers of different ranks were added; files of before there was a choice say nothing.
  public var reduction: String
  /// The best validation accuracy up to this step; nil where there was none, and in older files.
  public var bestAccuracy: Double?
  /// The same of a run whose networks predict numbers.
  public var bestNLL: Double?
  /// Of the images it was trained on (`Dataset.digest`); nil where there were none, and in older files.
  public var dataDigest: String?
  public var formatVersion: Int
  /// What the networks were trained on, as JSON; nil where the file does not say.
  public var data: String?

  public init(
    step: Int, seed: UInt64, configuration: String, programVersion: String, stateDigest: String,
    reduction: String = CheckpointFile.defaultReduction, bestAccuracy: Double? = nil,
    bestNLL: Double? = nil, dataDigest: String? = nil,
    formatVersion: Int = CheckpointFile.formatVersion, data: String? = nil
  ) {
    self.data = data
    self.step = step
    self.seed = seed
    self.configuration = configuration
    self.programVersion = programVersion
    self.stateDigest = stateDigest
    self.reduction = reduction
    self.bestAccuracy = bestAccuracy
    self.dataDigest = dataDigest
    self.bestNLL = bestNLL
    self.formatVersion = formatVersion
  }

  /// SHA-256 of all of the above, which ``stateDigest`` does not tell of. Each property's text is digested behind its length.
  public var digest: String {
    var digest = SHA256()
    var texts = [
      "hyperdist header 1", "\(formatVersion)", "\(step)", "\(seed)", configuration, programVersion,
      stateDigest,
      reduction, bestAccuracy.map { "\($0.bitPattern)" } ?? "", dataDigest ?? "", data ?? "",
    ]
    if let bestNLL { texts += ["best_nll", "\(bestNLL.bitPattern)"] }
    for text in texts { digest.update("\(text.utf8.count) \(text)") }
    return digest.hexDigest()
  }
}
