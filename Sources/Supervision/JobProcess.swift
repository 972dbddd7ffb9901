// The processes of one job on this machine, as the system lists them.

import Glibc

/// A rank that a launcher started, as seen from outside.
struct JobProcess {
  let process: Int32
  let rank: Int
  /// By SIGSTOP or its like.
  let isStopped: Bool

  /// Those of the job with this PMIX_NAMESPACE that this user may look at.
  static func all(of job: String) -> [JobProcess] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [JobProcess] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = Int32(name), let text = contents("/proc/\(process)/environ"),
        let rank = rank(of: job, environment: text),
        let state = contents("/proc/\(process)/stat").flatMap({ state(stat: $0) })
      else { continue }
      found.append(JobProcess(process: process, rank: rank, isStopped: state == "T"))
    }
    return found.sorted { $0.rank < $1.rank }
  }

  /// A process's rank within the job, by its variables; nil of others.
  static func rank(of job: String, environment: [UInt8]) -> Int? {
    var (isOne, rank): (Bool, Int?) = (false, nil)
    for entry in environment.split(separator: 0) {
      let text = String(decoding: entry, as: UTF8.self)
      if text == "PMIX_NAMESPACE=\(job)" { isOne = true }
      if text.hasPrefix("PMIX_RANK=") { rank = Int(text.dropFirst(10)) }
    }
    return isOne ? rank : nil
  }

  /// The letter behind the name in parentheses, which may hold any character.
  static func state(stat: [UInt8]) -> Character? {
    let text = String(decoding: stat, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].first { $0 != " " }
  }

  private static func contents(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(file, &piece, piece.count)
      guard count > 0 else { return count < 0 ? nil : all }
      all += piece[..<count]
    }
  }
}
