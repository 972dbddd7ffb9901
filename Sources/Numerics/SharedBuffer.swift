// A buffer that arrays and several owners can hold.

/// An ``AlignedBuffer`` behind a reference, for lists of buffers.
public final class SharedBuffer<Element: BitwiseCopyable>: Sendable {
  private let buffer: AlignedBuffer<Element>

  public init(count: Int) { buffer = AlignedBuffer(count: count) }

  public var view: VectorView<Element> { buffer.view }
}
