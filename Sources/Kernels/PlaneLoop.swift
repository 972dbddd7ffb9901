// Work on planes that a team divides.

import Host

/// The loop of a team whose parts are runs of planes: all blocks of one image, then the next one's.
struct PlaneLoop<Work: PlaneWork>: LoopBody {
  let work: Work
  let blocks: Range<Int>
  let imageCount: Int
  let parts: Int

  func callAsFunction(_ part: Int, _ member: Int) {
    for plane in (0..<blocks.count * imageCount).part(part, of: parts) {
      work(plane / blocks.count, blocks.lowerBound + plane % blocks.count)
    }
  }
}
