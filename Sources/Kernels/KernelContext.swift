// What the operators of one network share: oneDNN's engine, an in-order stream, scratch memory and threads.

import CDNNL
import Host
import Numerics

/// oneDNN's CPU engine, a stream, and one scratchpad as large as the hungriest operator wants.
///
/// Make the operators first, then call ``allocateScratchpad()`` once, then run them one at a time. They divide their work
/// over ``team``, oneDNN's convolutions by runs of images (``LibraryPass``), its other operators not at all; what they compute does not depend on it.
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
  /// In order, one for each member of a team.
  private let streams: [LibraryStream]
  private var scratchpads: [Scratchpad] = []
  private var scratch = AlignedBuffer<Float>(count: 0)

  /// Also limits oneDNN on the calling thread to that thread: primitives remember how many threads
  /// they were made for.
  public init(teamSize: Int = 1) throws(KernelError) {
    self.teamSize = teamSize
    LibraryThreads.useOne()
    let engine = try LibraryHandle("dnnl_engine_create", destroy: dnnl_engine_destroy) {
      dnnl_engine_create(&$0, dnnl_cpu, 0)
    }
    var streams: [LibraryStream] = []
    for _ in 0..<teamSize { streams.append(try LibraryStream(engine.raw)) }
    self.engine = engine
    self.streams = streams
  }

  func stream(of member: Int) -> OpaquePointer { streams[member].handle.raw }

  /// `count` numbers, which ``allocateScratchpad()`` will find a place for.
  func makeScratchpad(count: Int) -> Scratchpad { makeScratchpad(count, ofEach: false) }

  /// `count` numbers for each member of a team.
  func makeScratchpad(ofEach count: Int) -> Scratchpad { makeScratchpad(count, ofEach: true) }

  private func makeScratchpad(_ count: Int, ofEach: Bool) -> Scratchpad {
    let scratchpad = Scratchpad(count: count, ofEach: ofEach)
    scratchpads.append(scratchpad)
    return scratchpad
  }

  /// Gives the operators made so far their common scratchpad.
  public func allocateScratchpad() {
    // Members may run different operators, so all of a member's numbers are in one place.
    let share =
      ((scratchpads.filter(\.isOfEach).map(\.count).max() ?? 0) + 15) / 16 * 16
    let counts = scratchpads.filter { !$0.isOfEach }.map(\.count) + [teamSize * share]
    scratch = AlignedBuffer(count: counts.max() ?? 0)
    for scratchpad in scratchpads { scratchpad.take(scratch.view, step: share) }
  }

  /// Bytes of scratch memory.
  public var scratchByteCount: Int { scratch.count * MemoryLayout<Float>.stride }
}

/// A stream of oneDNN's, whose operations run one after the other.
private final class LibraryStream {
  let handle: LibraryHandle

  init(_ engine: OpaquePointer) throws(KernelError) {
    handle = try LibraryHandle("dnnl_stream_create", destroy: dnnl_stream_destroy) {
      dnnl_stream_create(&$0, engine, dnnl_stream_default_flags.rawValue)
    }
  }
}
