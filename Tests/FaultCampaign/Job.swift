// A program under way on some ranks, to which things are done.

import Foundation
import TestSupport

/// Its processes are found wherever the launcher puts them: ``ChildProcess/family()``.
final class Job {
  private let process: ChildProcess
  private let folder = TestFolder()
  private let begin = ProcessInfo.processInfo.systemUptime

  /// What waiting times are multiplied by.
  private let patience: Double

  init(_ command: [String], environment: [String: String], patience: Double = 1) throws {
    self.patience = patience
    process = try ChildProcess(
      command, environment: environment, output: "\(folder.path)/output",
      errors: "\(folder.path)/errors")
  }

  deinit { process.end() }

  /// What was started: mpirun where there is one.
  var launcher: pid_t { process.identifier }

  var isRunning: Bool { process.poll() == nil }

  /// The program's processes by rank.
  func ranks() -> [Int: pid_t] {
    var found: [Int: pid_t] = [:]
    for (process, variables) in process.family() where Self.name(of: process) == "hyperdist" {
      found[Int(variables["OMPI_COMM_WORLD_RANK"] ?? "0") ?? 0] = process
    }
    return found
  }

  /// Waits until all `count` ranks have begun.
  func awaitRanks(_ count: Int) throws -> [Int: pid_t] {
    var found: [Int: pid_t] = [:]
    try wait("\(count) ranks") {
      found = ranks()
      return found.count == count
    }
    return found
  }

  /// Whether a process has a handler for a signal.
  static func handles(_ signal: Int32, _ process: pid_t) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
    let mask = line.flatMap { UInt64($0.dropFirst(7).drop { $0.isWhitespace }, radix: 16) } ?? 0
    return mask >> UInt64(signal - 1) & 1 == 1
  }

  /// Waits until `condition` holds or the job ends.
  func wait(_ what: String, upTo seconds: Double = 60, until condition: () -> Bool) throws {
    let start = ProcessInfo.processInfo.systemUptime
    while !condition(), isRunning {
      guard ProcessInfo.processInfo.systemUptime - start < seconds * patience else {
        throw BrokenPromise("\(what) did not come within \(Int(seconds)) s: \(text("errors"))")
      }
      usleep(200)
    }
  }

  /// Waits for the end, which must come within `limit` seconds.
  func wait(limit: Double = 90) throws -> Ended {
    let start = ProcessInfo.processInfo.systemUptime
    while isRunning {
      guard ProcessInfo.processInfo.systemUptime - start < limit * patience else {
        let errors = text("errors")
        process.end()
        throw BrokenPromise("it did not end within \(Int(limit)) s: \(errors.suffix(1500))")
      }
      usleep(2000)
    }
    return Ended(
      status: process.status ?? -1, output: text("output"), errors: text("errors"),
      seconds: ProcessInfo.processInfo.systemUptime - begin)
  }

  /// Whether all ranks but one have ended, and the launcher goes on waiting for `last`; false where the job ends, or others are there all the time.
  func waitsAlone(for last: pid_t, upTo seconds: Double = 40) -> Bool {
    let start = ProcessInfo.processInfo.systemUptime
    // For a moment it is so too where the launcher ends all.
    var since: Double?
    while isRunning {
      let now = ProcessInfo.processInfo.systemUptime
      since = Array(ranks().values) == [last] ? since ?? now : nil
      if let since, now - since > 3 * patience { return true }
      if now - start > seconds * patience { return false }
      usleep(20_000)
    }
    return false
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)) ?? ""
  }

  private static func name(of process: pid_t) -> String? {
    (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
