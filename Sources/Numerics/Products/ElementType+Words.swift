// How the factors of products lie in memory.

extension ElementType {
  /// What products multiply where `self` is asked for: bfloat16 only where the processor does.
  public var multiplied: ElementType { BFloat16View.hasInstructions ? self : .float32 }

  /// Words of 32 bits for `count` numbers that are summed over: a Float each, or a pair of bfloat16.
  public func words(_ count: Int) -> Int { self == .bfloat16 ? (count + 1) / 2 : count }
}
