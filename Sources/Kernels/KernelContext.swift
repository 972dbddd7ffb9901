// What the operators of one thread share: oneDNN's engine, an in-order stream and scratch memory.

import CDNNL
import Numerics

/// oneDNN's CPU engine, a stream, and one scratchpad as large as the hungriest operator wants.
///
/// Make the operators first, then call ``allocateScratchpad()`` once, then run them one at a time.
public final class KernelContext {
  let engine: LibraryHandle
  let stream: LibraryHandle
  private var scratchpads: [Tensor] = []
  private var ownScratchpads: [Scratchpad] = []
  private var scratch = AlignedBuffer<Float>(count: 0)

  /// Also limits oneDNN on the calling thread to that thread: primitives remember how many threads
  /// they were made for.
  public init() throws(KernelError) {
    LibraryThreads.useOne()
    let engine = try LibraryHandle("dnnl_engine_create", destroy: dnnl_engine_destroy) {
      dnnl_engine_create(&$0, dnnl_cpu, 0)
    }
    stream = try LibraryHandle("dnnl_stream_create", destroy: dnnl_stream_destroy) {
      dnnl_stream_create(&$0, engine.raw, dnnl_stream_default_flags.rawValue)
    }
    self.engine = engine
  }

  /// A memory object without storage, which ``allocateScratchpad()`` will point at the scratchpad.
  func makeScratchpad(_ descriptor: TensorDescriptor) throws(KernelError) -> Tensor {
    let scratchpad = try Tensor(external: descriptor, context: self)
    scratchpads.append(scratchpad)
    return scratchpad
  }

  /// The same for passes by hand: `count` numbers.
  func makeScratchpad(count: Int) -> Scratchpad {
    let scratchpad = Scratchpad(count: count)
    ownScratchpads.append(scratchpad)
    return scratchpad
  }

  /// Gives the operators made so far their common scratchpad.
  public func allocateScratchpad() throws(KernelError) {
    let stride = MemoryLayout<Float>.stride
    let counts =
      scratchpads.map { ($0.descriptor.byteCount + stride - 1) / stride }
      + ownScratchpads.map(\.count)
    scratch = AlignedBuffer(count: counts.max() ?? 0)
    for scratchpad in scratchpads {
      try scratchpad.bind(UnsafeMutableRawPointer(scratch.view.baseAddress))
    }
    for scratchpad in ownScratchpads {
      scratchpad.view = scratch.view.slice(0, scratchpad.count)
    }
  }

  /// Bytes of scratch memory.
  public var scratchByteCount: Int { scratch.count * MemoryLayout<Float>.stride }
}
