// The process that reads damaged files, and may not survive it.

import Foundation
import Glibc
import Host

/// Reads mutated files one after the other. What it is at stands in files, for whoever finds it dead.
struct FuzzWorker {
  let reader: FuzzedReader
  let seeds: [String]
  let options: FuzzOptions
  /// Its own files: `progress`, and the mutated file under the name that the reader wants.
  let folder: String

  /// Memory that reading a file may take: copies of the file's numbers, and libraries' own buffers.
  static let byteLimit = 96 << 20

  func run() throws {
    var sound: [[UInt8]] = []
    for seed in seeds { sound.append([UInt8](try Data(contentsOf: URL(filePath: seed)))) }
    // What the libraries need at the first file; and damage to what is never read would be no test.
    for seed in seeds {
      do { try reader.read(seed, in: folder) } catch { if !reader.refusesAll { throw error } }
    }
    var outcome = FuzzOutcome()
    for number in options.from..<options.count {
      let which = number % seeds.count
      var bytes = sound[which]
      var mutation = Mutation(seed: options.seed, reader: reader.rawValue, number: number)
      mutation.apply(to: &bytes, asText: reader.readsText)
      let path = "\(folder)/\(reader.name(of: seeds[which]))"
      try Data(bytes).write(to: URL(filePath: path))
      outcome.number = number
      try outcome.write(to: folder)
      MemoryUse.resetPeak()
      let before = peakBytes
      do {
        try reader.read(path, in: folder)
        outcome.reads += 1
      } catch {
        let text = "\(error)"
        outcome.refusals += 1
        // A message is a line or, of configurations, a list that names the file.
        if text.isEmpty || !(error is any UserFacingError) {
          outcome.complaint = "\(type(of: error)): \(text)"
        }
      }
      let taken = peakBytes - before
      if taken > Self.byteLimit + 4 * bytes.count {
        outcome.complaint = "took \(taken >> 20) MB for a file of \(bytes.count) bytes"
      }
      if outcome.complaint != nil {
        try outcome.write(to: folder)
        _exit(FuzzOutcome.complained)
      }
    }
    outcome.number = options.count
    try outcome.write(to: folder)
  }

  private var peakBytes: Int { MemoryUse.peakResidentBytes }
}
