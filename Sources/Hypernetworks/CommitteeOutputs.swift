// What committees say of their images, and where the gradient of that goes.

import Numerics
import TargetNetworks

/// What this rank's networks state of their training images, which the members of a committee have in common, in the form of
/// ``ProbeOutputs``.
public struct CommitteeOutputs: Sendable {
  /// (local samples, images, outputs), read.
  public let statements: FloatView
  /// (local samples, images), read.
  public let answers: AnswerView
  /// dL_div / d statements, (local samples, images, outputs), overwritten.
  public let gradients: FloatView

  public init(statements: FloatView, answers: AnswerView, gradients: FloatView) {
    let count = answers.count
    precondition(
      gradients.count == statements.count
        && (count == 0 ? statements.count == 0 : statements.count % count == 0),
      "CommitteeOutputs: \(statements.count) statements and \(gradients.count) gradients for \(count) answers"
    )
    self.statements = statements
    self.answers = answers
    self.gradients = gradients
  }
}
