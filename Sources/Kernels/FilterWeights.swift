// Filters between the flat weight vector and the layouts oneDNN computes in.

import Numerics

/// A layer's weights, in every layout that one of its passes reads.
///
/// The passes may see more filters and input channels than there are (`tensorShape`): the others are
/// zero, and lie behind the real ones.
///
/// Where several operators compute with the same filters, each on images of its own, those of one are loaded, and the others' passes, made like its own, read the same
/// layouts.
public final class FilterWeights {
  public let shape: FilterShape
  let tensorShape: [Int]
  /// None where a normalization follows.
  let bias: Tensor?
  private let context: KernelContext
  /// Who loads what these passes read, if not this.
  private let original: FilterWeights?
  /// How many of each type of kernels have been asked for.
  private var asked: [ObjectIdentifier: Int] = [:]
  /// Kernels in layouts of our own, which are loaded apart: each by one thread of a team.
  private var derived: [any DerivedKernels] = []
  /// The kernels, row-major, and copies in oneDNN's layouts; made when the first of these is asked for.
  private var plain: Tensor?
  private var copies: [(tensor: Tensor, reorder: Primitive)] = []

  init(
    _ shape: FilterShape, tensorShape: [Int]? = nil, sharing original: FilterWeights? = nil,
    context: KernelContext
  ) throws(KernelError) {
    precondition(
      original == nil || original?.shape == shape && original?.context === context,
      "FilterWeights: filters of another operator")
    self.shape = shape
    self.tensorShape = tensorShape ?? shape.shape
    self.context = context
    self.original = original
    bias =
      if let original {
        original.bias
      } else {
        shape.isNormalized ? nil : try Tensor(.plain([self.tensorShape[0]]), context: context)
      }
  }

  /// The kernels in this layout of oneDNN's; ``load(_:)`` fills them.
  func kernels(in descriptor: TensorDescriptor) throws(KernelError) -> Tensor {
    if let original { return try original.kernels(in: descriptor) }
    if let copy = copies.first(where: { $0.tensor.descriptor == descriptor }) {
      return copy.tensor
    }
    let source: Tensor
    if let plain {
      source = plain
    } else {
      source = try Tensor(.plain(tensorShape), context: context)
      plain = source
    }
    let tensor = try Tensor(descriptor, context: context)
    let reorder = try Primitive(reorder: source, to: tensor, context: context)
    copies.append((tensor, reorder))
    return tensor
  }

  /// ``loadKernels(_:_:member:)`` will also load these.
  func add(_ kernels: any DerivedKernels) { derived.append(kernels) }

  /// Kernels that are made here and loaded from now on, or those that the original has for the pass that is made like this one.
  func add<Kernels: DerivedKernels>(_ make: () -> Kernels) -> Kernels {
    if let original {
      let number = asked[ObjectIdentifier(Kernels.self), default: 0]
      asked[ObjectIdentifier(Kernels.self)] = number + 1
      let made = original.derived.lazy.compactMap { $0 as? Kernels }
      return made[made.index(made.startIndex, offsetBy: number)]
    }
    let made = make()
    add(made)
    return made
  }

  /// The one of this type that there is, or that is made and called from now on.
  func derived<Kernels: DerivedKernels>(_ make: () -> Kernels) -> Kernels {
    if let original { return original.derived(make) }
    for kernels in derived { if let found = kernels as? Kernels { return found } }
    let made = make()
    add(made)
    return made
  }

  /// Takes the layer's weights from its part of the flat vector: `block` is read.
  public func load(_ block: FloatView) {
    for index in 0..<derived.count { loadKernels(index, block, member: 0) }
    loadLibrary(block)
  }

  /// The part of ``load(_:)`` that a member of a team may do: of one of ``derived``.
  public func loadKernels(_ index: Int, _ block: FloatView, member: Int) {
    derived[index].load(block, member: member)
  }

  public var derivedCount: Int { derived.count }

  /// The rest of ``load(_:)``, on the lead.
  public func loadLibrary(_ block: FloatView) {
    precondition(block.count == shape.count, "FilterWeights: \(block.count) of \(shape.count)")
    if original == nil, let bias {
      for filter in 0..<shape.filterCount {
        bias.values[filter] = block[filter * shape.filterSize + shape.kernelCount]
      }
    }
    guard let plain else { return }
    let stride = plain.values.count / tensorShape[0]
    for filter in 0..<shape.filterCount {
      plain.values.slice(filter * stride, shape.kernelCount)
        .copy(from: block.slice(shape.kernel(filter)))
    }
    for copy in copies { copy.reorder.execute() }
  }
}
