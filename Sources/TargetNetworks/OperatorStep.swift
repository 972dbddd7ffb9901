// From the nested list of layers to a flat list of operators to be made.

/// One operator of a chain, described.
struct OperatorStep {
  var layer: TargetLayer
  /// Whether ReLU follows at once, so that the operator does it.
  var isRectified = false
  /// The step whose output is added, and how many rows and columns of it there are to one.
  var shortcut: (from: Int, stride: Int)?
  /// Whether a normalization follows.
  var isNormalized = false

  /// The steps of `layers`: ReLU is joined to the operator before it, residual blocks are laid out.
  static func plan(_ layers: [TargetLayer]) -> [OperatorStep] {
    var steps: [OperatorStep] = []
    append(layers, to: &steps)
    for index in steps.indices.dropLast() {
      if case .normalization = steps[index + 1].layer { steps[index].isNormalized = true }
    }
    return steps
  }

  private static func append(_ layers: [TargetLayer], to steps: inout [OperatorStep]) {
    for layer in layers {
      switch layer {
      case .relu: appendReLU(to: &steps)
      case .residual(let inner):
        let entry = steps.count - 1
        append(inner, to: &steps)
        steps[steps.count - 1].shortcut = (entry, TargetLayer.stride(of: inner))
      default: steps.append(OperatorStep(layer: layer))
      }
    }
  }

  /// ReLU and max pooling commute, so ReLU behind the pooling may be moved before it.
  private static func appendReLU(to steps: inout [OperatorStep]) {
    let target = steps.lastIndex { if case .maxPool = $0.layer { false } else { true } }
    if let target, !steps[target].isRectified {
      switch steps[target].layer {
      case .convolution:
        steps[target].isRectified = true
        return
      case .fullyConnected where target == steps.count - 1,
        .normalization where target == steps.count - 1:
        steps[target].isRectified = true
        return
      default: break
      }
    }
    steps.append(OperatorStep(layer: .relu))
  }
}
