// What the operators of one network share: oneDNN's engine, an in-order stream, scratch memory and threads.

import CDNNL
import Host
import Numerics

/// oneDNN's CPU engine, a stream, and one scratchpad as large as the hungriest operator wants.
///
/// Make the operators first, then call ``allocateScratchpad()`` once, then run them one at a time. Operators by hand divide their work
/// over ``team``, those of oneDNN run on its lead alone; what they compute does not depend on it.
public final class KernelContext {
  /// Who runs the operators: up to ``teamSize`` threads.
  public var team = Team.alone {
    didSet {
      precondition(
        team.size <= teamSize, "KernelContext: \(team.size) threads in the place of \(teamSize)")
    }
  }
  /// The most threads that ``team`` ever has: so much scratch memory there is.
  let teamSize: Int
  let engine: LibraryHandle
  let stream: LibraryHandle
  private var scratchpads: [Tensor] = []
  private var ownScratchpads: [Scratchpad] = []
  private var scratch = AlignedBuffer<Float>(count: 0)

  /// Also limits oneDNN on the calling thread to that thread: primitives remember how many threads
  /// they were made for.
  public init(teamSize: Int = 1) throws(KernelError) {
    self.teamSize = teamSize
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
  func makeScratchpad(count: Int) -> Scratchpad { makeScratchpad(count, ofEach: false) }

  /// `count` numbers for each member of a team.
  func makeScratchpad(ofEach count: Int) -> Scratchpad { makeScratchpad(count, ofEach: true) }

  private func makeScratchpad(_ count: Int, ofEach: Bool) -> Scratchpad {
    let scratchpad = Scratchpad(count: count, ofEach: ofEach)
    ownScratchpads.append(scratchpad)
    return scratchpad
  }

  /// Gives the operators made so far their common scratchpad.
  public func allocateScratchpad() throws(KernelError) {
    let stride = MemoryLayout<Float>.stride
    // Members may run different operators, so all of a member's numbers are in one place.
    let share =
      ((ownScratchpads.filter(\.isOfEach).map(\.count).max() ?? 0) + 15) / 16 * 16
    let counts =
      scratchpads.map { ($0.descriptor.byteCount + stride - 1) / stride }
      + ownScratchpads.filter { !$0.isOfEach }.map(\.count) + [teamSize * share]
    scratch = AlignedBuffer(count: counts.max() ?? 0)
    for scratchpad in scratchpads {
      try scratchpad.bind(UnsafeMutableRawPointer(scratch.view.baseAddress))
    }
    for scratchpad in ownScratchpads { scratchpad.take(scratch.view, step: share) }
  }

  /// Bytes of scratch memory.
  public var scratchByteCount: Int { scratch.count * MemoryLayout<Float>.stride }
}
