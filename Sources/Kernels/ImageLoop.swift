// Work on images that a team divides.

import Host

/// The loop of a team whose parts are runs of images.
struct ImageLoop<Work: ImageWork>: LoopBody {
  let work: Work
  let images: Range<Int>
  let parts: Int

  func callAsFunction(_ part: Int, _ member: Int) {
    for image in images.part(part, of: parts) { work(image) }
  }
}
