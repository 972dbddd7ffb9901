// Which of a checkpoint's parameters networks are generated from.

/// A checkpoint holds the parameters after its step, and their average where the run kept one.
public enum ParameterKind: String, Sendable, CaseIterable {
  case last, average
}
