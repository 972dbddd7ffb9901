// What is asked of the program.

import Foundation

struct FuzzOptions {
  static let usage = """
    usage: ReaderFuzz [--program PATH] [--seed S] [--from 0] [--count 10000] [--only READER,...] [--keep DIR]

    Gives damaged files to the product's readers, in processes of its own, and reports those that crashed, hung or took
    more memory than the file explains. Built with `--sanitize=address` it finds accesses out of bounds too.

      --program   hyperdist, which makes sound files (default: beside this one)
      --seed      of all random choices
      --count     damaged files for each reader: numbers --from up to this one
      --only      these readers alone
      --keep      where files that did harm are kept (default: reader-fuzz in the folder of temporary files)
    """

  var program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "hyperdist").path
  var seed = UInt64(Date().timeIntervalSince1970)
  var count = 10_000
  var only = FuzzedReader.allCases
  var keep = FileManager.default.temporaryDirectory.appending(path: "reader-fuzz").path
  /// The first number of a mutation.
  var from = 0
  /// Of a worker: where the sound files and its own are.
  var worker: String?

  /// Nil where the arguments cannot be read.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { return nil }
      switch option {
      case "--program": program = value
      case "--keep": keep = value
      case "--worker": worker = value
      case "--only":
        let readers = value.split(separator: ",").map { FuzzedReader(rawValue: String($0)) }
        guard !readers.contains(nil) else { return nil }
        only = readers.compactMap { $0 }
      case "--seed":
        guard let number = UInt64(value) else { return nil }
        seed = number
      case "--count", "--from":
        guard let number = Int(value), number >= 0 else { return nil }
        if option == "--count" { count = number } else { from = number }
      default: return nil
      }
    }
  }
}
