// What is known of a run after its last step.

import Evaluation

/// How a run ended.
public struct TrainingOutcome: Sendable {
  public var step: Int
  /// The signal that asked for the end before the last step, if one did.
  public var stopSignal: String?
  /// Seconds of training in this session.
  public var seconds: Double
  public var checkpoint: String?
  public var validation: NetworkFigures?
  /// The sample file that a baseline ended with.
  public var networks: String?
}
