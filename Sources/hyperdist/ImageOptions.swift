// How many images are looked at, an option of several commands.

import ArgumentParser

/// Of commands that measure networks on images.
struct ImageOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Only the first images of every set.")
  var images: Int?

  func validate() throws { try requireAtLeastOne(images, "--images") }
}
