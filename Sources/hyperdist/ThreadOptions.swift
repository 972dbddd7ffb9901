// The option of every command that computes.

import ArgumentParser

/// Of every command that computes.
struct ThreadOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Threads of each rank (default: the cores it has).")
  var threads: Int?

  func validate() throws { try requireAtLeastOne(threads, "--threads", atMost: 4096) }
}
