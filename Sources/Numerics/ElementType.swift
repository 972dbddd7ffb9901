// The widths that target networks may store their activations in.

/// In what width numbers are stored.
public enum ElementType: String, Sendable, CaseIterable {
  /// ``FloatView``.
  case float32 = "f32"
  /// ``BFloat16View``.
  case bfloat16 = "bf16"
}
