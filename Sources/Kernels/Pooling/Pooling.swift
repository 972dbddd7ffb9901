// Which code pools images.

import CDNNL
import Numerics

/// The largest or the mean of each window; windows may overlap, none reaches over the border.
public struct Pooling {
  public enum Kind: Sendable { case max, average }

  let source: Tensor
  let kind: Kind
  /// (rows, columns) of a window, and between two.
  let window: [Int]
  let stride: [Int]
  /// Whether the source is some ReLU's output, whose gradient may be applied on the way.
  let sourceIsRectified: Bool
  let context: KernelContext

  public init(
    source: Tensor, kind: Kind, window: [Int], stride: [Int], sourceIsRectified: Bool = false,
    context: KernelContext
  ) {
    self.source = source
    self.kind = kind
    self.window = window
    self.stride = stride
    self.sourceIsRectified = sourceIsRectified
    self.context = context
  }

  /// The ways to do it, the fastest first.
  public static var candidates: CandidateSummary { list.summary }

  private static let list = CandidateList<Self, any NetworkOperator>(
    "pooling",
    [
      Candidate(
        name: "by hand",
        condition:
          "the largest of disjoint square windows of up to fifteen rows, blocks of sixteen channels or images",
        applies: {
          $0.kind == .max && $0.window[0] == $0.window[1] && $0.window == $0.stride
            && $0.window[0] <= BlockedMaxPooling.largestSize
            && ($0.source.descriptor.isBlocked16 || $0.source.descriptor.isLanes16)
        },
        make: { task throws(KernelError) in
          try BlockedMaxPooling(
            source: task.source, size: task.window[0], sourceIsRectified: task.sourceIsRectified,
            context: task.context)
        }),
      Candidate(
        name: "oneDNN", condition: "where it has fast code for images as they lie",
        applies: { task throws(KernelError) in
          try PrimitiveDescription.isFast { () throws(KernelError) in try task.describeAtHand() }
        },
        make: { task throws(KernelError) in try LibraryPooling(task, task.describeAtHand()) }),
      // Processors without AVX-512 have fast code for blocks of eight channels only.
      Candidate(
        name: "oneDNN reordered", condition: "where it has fast code for blocks of eight channels",
        applies: { task throws(KernelError) in
          guard task.source.descriptor.isBlocked16 else { return false }
          return try PrimitiveDescription.isFast { () throws(KernelError) in
            try task.describe(.blocked8(task.source.shape))
          }
        },
        make: { task throws(KernelError) in
          try LibraryPooling(task, task.describe(.blocked8(task.source.shape)))
        }),
      Candidate(
        name: "oneDNN reference", condition: "always; hundreds of times slower",
        applies: { _ in true },
        make: { task throws(KernelError) in try LibraryPooling(task, task.describeAtHand()) }),
    ])

  /// The operator, by the first of the candidates that applies, or by the one named; throws where that does not apply.
  public func make(by name: String? = nil) throws(KernelError) -> any NetworkOperator {
    try Self.list.make(self, by: name).made
  }

  // MARK: oneDNN

  var outputShape: [Int] {
    let input = source.shape
    return [
      input[0], input[1], (input[2] - window[0]) / stride[0] + 1,
      (input[3] - window[1]) / stride[1] + 1,
    ]
  }

  var algorithm: dnnl_alg_kind_t {
    switch kind {
    case .max: dnnl_pooling_max
    case .average: dnnl_pooling_avg_exclude_padding
    }
  }

  private func describeAtHand() throws(KernelError) -> PrimitiveDescription {
    try describe(source.descriptor.widened)
  }

  /// The forward pass of images that lie so.
  private func describe(_ layout: TensorDescriptor) throws(KernelError) -> PrimitiveDescription {
    let name = "pooling forward of \(source.shape) by \(window), stride \(stride)"
    var operation = dnnl_pooling_desc_t()
    var descriptors = (layout.raw, TensorDescriptor.any(outputShape).raw)
    try check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_training, algorithm, &descriptors.0, &descriptors.1, stride.dims,
        window.dims, [0, 0], [0, 0]), name)
    return try PrimitiveDescription(name, operation, context: context)
  }
}
