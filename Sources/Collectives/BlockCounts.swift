// Counts and displacements of one block a rank, as MPI's v-collectives take them.

import CMPI
import Numerics

/// `counts[r]` elements for rank r, blocks lying one behind the other.
///
/// MPI counts in 32 bits. Where the elements are more, whole runs of them are counted instead, as long as the
/// largest that all blocks are made of (rows of a matrix, mostly), by a data type of their own. A rank's partner need not
/// count alike: what has to agree is the numbers themselves.
struct BlockCounts<Element: CollectiveElement>: ~Copyable {
  /// In units of ``datatype``.
  let counts: AlignedBuffer<Int32>
  let displacements: AlignedBuffer<Int32>
  /// Elements of all blocks.
  private(set) var total: Int
  let datatype: OpaquePointer

  private var blocks: [Range<Int>]
  private let mostUnits: Int
  /// Elements of a unit.
  let unit: Int
  private var problem: CollectiveError?

  /// `mostUnits` is what MPI can count to. Makes a data type where that takes one, for which MPI must run.
  init(_ counts: [Int], mostUnits: Int = MessageCounts.most) {
    self.mostUnits = mostUnits
    self.counts = AlignedBuffer(count: counts.count)
    displacements = AlignedBuffer(count: counts.count)
    var end = 0
    blocks = counts.map { count in
      precondition(count >= 0, "BlockCounts: \(counts)")
      defer { end += count }
      return end..<end + count
    }
    total = end
    unit = end <= mostUnits ? 1 : counts.reduce(0, MessageCounts.greatestCommonDivisor)
    guard total / unit <= mostUnits else {
      problem = MessageCounts.tooLong(total * MemoryLayout<Element>.stride)
      datatype = Element.mpiDatatype
      return
    }
    for (rank, block) in blocks.enumerated() {
      self.counts[rank] = Int32(block.count / unit)
      displacements[rank] = Int32(block.lowerBound / unit)
    }
    (datatype, problem) = MessageCounts.type(of: unit, Element.mpiDatatype)
  }

  deinit {
    if unit > 1 && problem == nil && Communicator.isStarted {
      var type: OpaquePointer? = datatype
      MPI_Type_free(&type)
    }
  }

  /// Counts single elements from now on, `count(r)` of rank r.
  mutating func set(_ count: (_ rank: Int) -> Int) {
    precondition(unit == 1, "BlockCounts: counted in units of \(unit)")
    total = 0
    for rank in blocks.indices {
      blocks[rank] = total..<total + count(rank)
      total = blocks[rank].upperBound
    }
    problem =
      total <= mostUnits ? nil : MessageCounts.tooLong(total * MemoryLayout<Element>.stride)
    if problem != nil { return }
    for (rank, block) in blocks.enumerated() {
      counts[rank] = Int32(block.count)
      displacements[rank] = Int32(block.lowerBound)
    }
  }

  func block(of rank: Int) -> Range<Int> { blocks[rank] }

  /// Throws where MPI cannot be told of the blocks.
  func check() throws(CollectiveError) { if let problem { throw problem } }
}
