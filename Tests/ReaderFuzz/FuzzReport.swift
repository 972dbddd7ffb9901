// A reader's damaged files, all of them, and what they did.

import Foundation
import Glibc
import TestSupport

/// Starts workers, and another one behind a file that ended one.
struct FuzzReport {
  private(set) var failures: [String] = []
  private var reads = 0
  private var refusals = 0
  private let reader: FuzzedReader
  private let options: FuzzOptions
  private let seconds: Double

  /// Processor's seconds; a file is read in far less.
  private static let patience = 20.0
  /// Seconds of whoever waits for something.
  private static let sleepingPatience = 300.0
  /// Who has found so many has found enough.
  private static let most = 25

  init(_ reader: FuzzedReader, _ options: FuzzOptions, seeds: SeedFiles) throws {
    self.reader = reader
    self.options = options
    let begin = ProcessInfo.processInfo.systemUptime
    let folder = "\(seeds.folder)/\(reader.rawValue)"
    var from = options.from
    while from < options.count, failures.count < Self.most {
      try Self.prepare(folder, seeds: seeds, reader)
      let (how, errors) = try Self.work(reader, options, from: from, in: folder, seeds)
      let outcome = try FuzzOutcome(in: folder)
      reads += outcome.reads
      refusals += outcome.refusals
      if outcome.number >= options.count, how == nil { break }
      let kept = try Self.keep(folder, reader, outcome.number, options)
      let last = outcome.complaint ?? errors
      failures.append(
        "\(reader.rawValue) \(outcome.number): \(how ?? "ended"): \(last); kept as \(kept)")
      print("FAILED \(failures.last!)")
      fflush(nil)
      from = outcome.number + 1
    }
    seconds = ProcessInfo.processInfo.systemUptime - begin
  }

  var text: String {
    "\(reader.rawValue): \(reads + refusals + failures.count) files, \(reads) read, \(refusals) refused, "
      + "\(failures.count) did harm, \(Int(seconds)) s"
  }

  private static func prepare(_ folder: String, seeds: SeedFiles, _ reader: FuzzedReader) throws {
    let files = FileManager.default
    try? files.removeItem(atPath: folder)
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FuzzOutcome().write(to: folder)
    guard reader == .cifar else { return }
    for name in try files.contentsOfDirectory(atPath: "\(seeds.folder)/cifar.sound") {
      try files.createSymbolicLink(
        atPath: "\(folder)/\(name)", withDestinationPath: "\(seeds.folder)/cifar.sound/\(name)")
    }
  }

  /// Lets a worker read. Returns how it ended, nil where it came through, and its last words.
  private static func work(
    _ reader: FuzzedReader, _ options: FuzzOptions, from: Int, in folder: String, _ seeds: SeedFiles
  ) throws -> (how: String?, errors: String) {
    var variables = ProcessInfo.processInfo.environment
    // Larger blocks than any file explains are not given: HDF5 asks for what a damaged file says, and copes; this program must not. And what is freed does not count for long; leaks are HDF5's own.
    // A trap is looked into by hand, and seconds of looking back are many files.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    variables["ASAN_OPTIONS"] =
      "detect_leaks=0:max_allocation_size_mb=512:allocator_may_return_null=1:quarantine_size_mb=1"
    let errors = "\(folder)/errors"
    let worker = try ChildProcess(
      [
        "/proc/self/exe", "--worker", seeds.folder, "--only", reader.rawValue, "--seed",
        "\(options.seed)", "--count", "\(options.count)", "--from", "\(from)",
      ], environment: variables, output: "\(folder)/output", errors: errors)
    var (last, since, used) = (-1, ProcessInfo.processInfo.systemUptime, 0.0)
    while worker.poll() == nil {
      usleep(20_000)
      let now = ProcessInfo.processInfo.systemUptime
      let number = (try? FuzzOutcome(in: folder).number) ?? last
      if number != last { (last, since, used) = (number, now, worker.processorSeconds) }
      // A machine with much else to do is no reader that hangs.
      if worker.processorSeconds - used > patience || now - since > sleepingPatience {
        kill(worker.identifier, SIGKILL)
        _ = worker.wait()
        return ("hung", "")
      }
    }
    let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").filter {
      $0.contains("ERROR: AddressSanitizer") || $0.contains("Fatal error")
        || $0.contains("hyperdist:")
        || $0.contains("    #")
    }
    let status = worker.wait()
    return (
      status == 0
        ? nil : status == FuzzOutcome.complained ? "complained" : "crashed (status \(status))",
      lines.prefix(9).joined(separator: " | ")
    )
  }

  /// Keeps the file that did harm.
  private static func keep(
    _ folder: String, _ reader: FuzzedReader, _ number: Int, _ options: FuzzOptions
  ) throws -> String {
    let files = FileManager.default
    try files.createDirectory(atPath: options.keep, withIntermediateDirectories: true)
    let names = try files.contentsOfDirectory(atPath: folder).filter {
      !["progress", "errors", "output"].contains($0)
        && (try? files.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == nil
    }
    let kept = "\(options.keep)/\(reader.rawValue)-\(options.seed)-\(number)"
    try? files.removeItem(atPath: kept)
    if let name = names.max(by: { age("\(folder)/\($0)") < age("\(folder)/\($1)") }) {
      try files.copyItem(atPath: "\(folder)/\(name)", toPath: kept)
    }
    return kept
  }

  /// When a file was changed last.
  private static func age(_ path: String) -> Date {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.modificationDate] as? Date ?? .distantPast
  }
}
