// What committees say of their images, and where the gradient of that goes.

import Numerics

/// The class probabilities of this rank's networks on their training images, which the members of a committee
/// have in common.
///
/// Probabilities for the reasons of ``ProbeOutputs``.
public struct CommitteeOutputs: Sendable {
  /// (local samples, images, classes), read.
  public let probabilities: FloatView
  /// (local samples, images), read.
  public let labels: VectorView<ClassLabel>
  /// dL_div / d probabilities, (local samples, images, classes), overwritten.
  public let gradients: FloatView

  public init(probabilities: FloatView, labels: VectorView<ClassLabel>, gradients: FloatView) {
    precondition(
      gradients.count == probabilities.count
        && (labels.count == 0
          ? probabilities.count == 0 : probabilities.count % labels.count == 0),
      "CommitteeOutputs: \(probabilities.count) probabilities and \(gradients.count) gradients for "
        + "\(labels.count) labels")
    self.probabilities = probabilities
    self.labels = labels
    self.gradients = gradients
  }

  var classCount: Int { probabilities.count / labels.count }

  /// Where the probability of the label of an image lies, images numbered through this rank's samples.
  @inline(__always)
  func place(ofLabel image: Int) -> Int { image * classCount + Int(labels[image]) }
}
