// Gives damaged files to everything that reads files.

import Foundation
import Glibc
import TestSupport

guard let options = FuzzOptions(Array(CommandLine.arguments.dropFirst())) else {
  print(FuzzOptions.usage)
  exit(2)
}
do {
  if let folder = options.worker {
    let reader = options.only[0]
    try FuzzWorker(
      reader: reader, seeds: SeedFiles(existingIn: folder).files(of: reader), options: options,
      folder: "\(folder)/\(reader.rawValue)"
    ).run()
    exit(0)
  }
  print("seed \(options.seed), \(options.count) files for each reader")
  fflush(nil)
  let space = TestFolder()
  let seeds = try SeedFiles(in: "\(space.path)/seeds", program: options.program)
  var failures = 0
  for reader in options.only {
    let report = try FuzzReport(reader, options, seeds: seeds)
    print(report.text)
    fflush(nil)
    failures += report.failures.count
  }
  print(failures == 0 ? "no file did harm" : "\(failures) files did harm")
  fflush(nil)
  // A sanitizer would look for leaks of its own.
  _exit(failures == 0 ? 0 : 1)
} catch {
  print("ReaderFuzz: \(error)")
  fflush(nil)
  _exit(1)
}
