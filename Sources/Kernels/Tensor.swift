// A tensor in the layout an operator chose for it.

import CDNNL
import Numerics

/// Numbers in memory together with their layout.
public final class Tensor {
  public let descriptor: TensorDescriptor
  public let elementType: ElementType
  let memory: LibraryHandle
  private let storage: AlignedBuffer<Float>
  /// The tensor whose numbers this one shows in another shape.
  private let owner: Tensor?

  /// A zeroed tensor that owns its numbers.
  public init(_ descriptor: TensorDescriptor, context: KernelContext) throws(KernelError) {
    let storage = AlignedBuffer<Float>(
      count: descriptor.byteCount / MemoryLayout<Float>.stride)
    memory = try Self.makeMemory(descriptor, context, storage.view.baseAddress)
    self.storage = storage
    self.descriptor = descriptor
    elementType = descriptor.elementType
    owner = nil
  }

  /// The same numbers in another shape: both layouts must give every element the same place.
  public init(sharing other: Tensor, as descriptor: TensorDescriptor, context: KernelContext)
    throws(KernelError)
  {
    precondition(
      descriptor.byteCount == other.descriptor.byteCount,
      "Tensor: \(descriptor.shape) does not lie as \(other.shape) does")
    memory = try Self.makeMemory(descriptor, context, other.values.baseAddress)
    storage = AlignedBuffer(count: 0)
    self.descriptor = descriptor
    elementType = descriptor.elementType
    owner = other
  }

  /// Some images of another tensor, where they lie.
  init(_ images: Range<Int>, of other: Tensor, context: KernelContext) throws(KernelError) {
    descriptor = other.descriptor.holding(images: images.count)
    let bytes = other.descriptor.byteCount / other.shape[0]
    memory = try Self.makeMemory(
      descriptor, context, other.address.advanced(by: images.lowerBound * bytes))
    storage = AlignedBuffer(count: 0)
    elementType = other.elementType
    owner = other
  }

  /// A tensor whose numbers lie elsewhere: at what ``bind(_:)`` names.
  init(external descriptor: TensorDescriptor, context: KernelContext)
    throws(KernelError)
  {
    memory = try Self.makeMemory(descriptor, context, nil)
    storage = AlignedBuffer(count: 0)
    self.descriptor = descriptor
    elementType = descriptor.elementType
    owner = nil
  }

  private static func makeMemory(
    _ descriptor: TensorDescriptor, _ context: KernelContext,
    _ address: UnsafeMutableRawPointer?
  ) throws(KernelError) -> LibraryHandle {
    var raw = descriptor.raw
    let engine = context.engine.raw
    return try LibraryHandle(
      "dnnl_memory_create of \(descriptor.shape)", destroy: dnnl_memory_destroy
    ) { dnnl_memory_create(&$0, &raw, engine, address) }
  }

  /// All elements in memory order, padding of the layout included; empty if they lie elsewhere. Of tensors of
  /// `Float`.
  public var values: FloatView { lanes() }

  /// The same, for code that is generic over the type of elements.
  public func lanes<View: LaneView>(_ type: View.Type = View.self) -> View {
    precondition(
      elementType == View.elementType, "Tensor: \(elementType) read as \(View.elementType)")
    if let owner { return owner.lanes(type) }
    let numbers = elementType == .bfloat16 ? 2 : 1
    return View(
      at: UnsafeMutableRawPointer(storage.view.baseAddress), count: numbers * storage.view.count)
  }

  public var shape: [Int] { descriptor.shape }

  private var address: UnsafeMutableRawPointer {
    owner?.address ?? UnsafeMutableRawPointer(storage.view.baseAddress)
  }

  /// Vectors of sixteen elements, padding of the layout included.
  var vectorCount: Int {
    switch elementType {
    case .float32: lanes(FloatView.self).count / 16
    case .bfloat16: lanes(BFloat16View.self).count / 16
    }
  }

  func bind(_ address: UnsafeMutableRawPointer) throws(KernelError) {
    try check(
      dnnl_memory_set_data_handle(memory.raw, address), "dnnl_memory_set_data_handle")
  }

  /// Points an external tensor at `view`, which holds every element the layout reaches.
  func bind(_ view: FloatView) {
    precondition(
      view.count * MemoryLayout<Float>.stride >= descriptor.byteCount,
      "Tensor: \(view.count) elements for a layout of \(descriptor.byteCount) bytes")
    let status = dnnl_memory_set_data_handle(memory.raw, view.baseAddress)
    precondition(status == dnnl_success, "Tensor: bind failed with status \(status.rawValue)")
  }
}
