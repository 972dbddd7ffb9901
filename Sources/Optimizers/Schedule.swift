// How a setting moves from the first step to the last.

import Glibc
import Numerics

/// A positive quantity over the steps 1...`steps` of a training, such as a learning rate: a function of the step alone, so
/// that a resumed run needs no state.
///
/// With w = `warmupSteps`, the quantity rises as `initial` * step / w over the first w steps, which are followed by the
/// shape from step w + 1 (value `initial`) to the last. Past the last step it stays.
public struct Schedule: Sendable, Equatable {
  /// With p from 0 at step max(w, 1) to 1 at the last step:
  public enum Shape: String, Sendable, CaseIterable {
    /// initial * decay^(step - 1), or, with a `final` value, initial * (final / initial)^p.
    case exponential
    /// initial + (final - initial) p
    case linear
    /// final + (initial - final) (1 + cos(pi p)) / 2 (Loshchilov and Hutter, ICLR 2017, without restarts)
    case cosine
    /// initial for p up to 1/2, then linear to final.
    case constantThenLinear = "constant-then-linear"
  }

  public var shape: Shape
  public var initial: Double
  /// At the last step; nil: 0, and for `exponential` whatever `decay` leads to.
  public var final: Double?
  /// Of `exponential` without a final value: a factor at each step.
  public var decay: Double
  public var warmupSteps: Int
  public var steps: Int

  public init(
    shape: Shape = .exponential, initial: Double, final: Double? = nil, decay: Double = 1,
    warmupSteps: Int = 0, steps: Int
  ) {
    self.shape = shape
    self.initial = initial
    self.final = final
    self.decay = decay
    self.warmupSteps = warmupSteps
    self.steps = steps
  }

  /// The value at a step, from 1 on.
  public func value(at step: Int) -> Double {
    precondition(step >= 1, "Schedule: step \(step)")
    let shaped = shapedValue(at: step)
    return step < warmupSteps ? shaped * Double(step) / Double(warmupSteps) : shaped
  }

  /// Whether the value at a step depends on how many steps there are.
  public var dependsOnLength: Bool { !(shape == .exponential && final == nil) }

  private func shapedValue(at step: Int) -> Double {
    switch (shape, final) {
    case (.exponential, nil): return initial * power(decay, step - 1)
    case (.exponential, .some(let final)):
      return initial * exp(log(final / initial) * progress(at: step))
    case (.linear, _): return mixed(progress(at: step))
    case (.cosine, _): return mixed((1 - cos(Double.pi * progress(at: step))) / 2)
    case (.constantThenLinear, _): return mixed(max(0, 2 * progress(at: step) - 1))
    }
  }

  private func mixed(_ part: Double) -> Double { initial + ((final ?? 0) - initial) * part }

  private func progress(at step: Int) -> Double {
    let first = max(warmupSteps, 1)
    guard steps > first else { return step < steps ? 0 : 1 }
    return min(max(Double(step - first) / Double(steps - first), 0), 1)
  }
}
