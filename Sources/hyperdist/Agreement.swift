// How ranks come to one decision.

import Collectives
import Files
import Glibc
import Host

/// The ranks of a command, and what they do together. All of it is collective.
struct Agreement {
  let communicator: Communicator

  var isRoot: Bool { communicator.rank == 0 }

  /// Does what every rank does by itself, such as reading a file. An error of any rank becomes an error of all, so
  /// that they end together with one line.
  func together<Result>(_ body: () throws -> Result) throws -> Result {
    guard let result = try share(body, namesRank: true) else {
      preconditionFailure("Agreement: neither a result nor an error")
    }
    return result
  }

  /// Does what rank 0 does for all, such as looking for a place to write to. Its error becomes an error of all.
  func onRoot(_ body: () throws -> Void) throws {
    _ = try share({ if isRoot { try body() } }, namesRank: false)
  }

  /// The result of `body` on this rank; the first rank's error where there is any.
  private func share<Result>(_ body: () throws -> Result, namesRank: Bool) throws -> Result? {
    var own: RankFailure?
    var result: Result?
    do { result = try body() } catch { own = RankFailure(error) }
    let failed = try communicator.max(own == nil ? 0 : communicator.size - communicator.rank)
    if failed == 0 { return result }
    let first = communicator.size - failed
    let isShared = try communicator.max(own == nil ? 1 : 0) == 0
    let text = try communicator.broadcast("\((own ?? RankFailure()).json)", from: first)
    let failure = JSONValue(parsing: text).flatMap(RankFailure.init(json:)) ?? RankFailure()
    throw SharedError(failure, of: isShared || !namesRank ? nil : first)
  }

  /// Throws on all ranks where one's `key` differs from rank 0's: `what` it is, such as `the data set mnist`, what this rank has, and what
  /// to do.
  func requireSame(_ what: String, _ own: String, by key: String, advice: String) throws {
    if communicator.size == 1 { return }
    let all = try communicator.gather("\(key)\n\(own)").map {
      $0.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    guard let other = all.firstIndex(where: { $0[0] != all[0][0] }) else { return }
    throw SharedError(
      RankFailure(
        CommandError(
          description:
            "\(what) is not the same on all ranks: rank \(other) has \(all[other][1]), rank 0 "
            + "\(all[0][1]); \(advice)")), of: nil)
  }

  /// Throws on all ranks where one does not see the files that rank 0 writes into a folder, which `option` names.
  func requireOneFolder(_ path: String, option: String) throws {
    if communicator.size == 1 { return }
    let name = try communicator.broadcast(
      ".hyperdist-\(getpid())-\(UInt64.random(in: 0 ... .max))", from: 0)
    let trial = "\(path)/\(name)"
    defer { if isRoot { unlink(trial) } }
    try onRoot {
      try WholeFile.append("", to: trial, advice: FileAdvice(elsewhere: "choose another \(option)"))
    }
    let seen = isRoot || Self.appears(trial)
    let hosts = try communicator.gather(seen ? "" : communicator.hostName)
    guard let rank = hosts.firstIndex(where: { !$0.isEmpty }) else { return }
    throw SharedError(
      RankFailure(
        CommandError(
          description:
            "\(option) \(path): rank \(rank) on \(hosts[rank]) does not see there what rank 0 on "
            + "\(communicator.hostName) writes; give a folder that all ranks share")), of: nil)
  }

  /// Whether a file is there, or comes into sight as files on other machines do after a while.
  private static func appears(_ path: String) -> Bool {
    for attempt in 0..<60 {
      if FileKind(of: path) == .file { return true }
      usleep(attempt < 10 ? 2_000 : 50_000)
    }
    return false
  }

  /// Leaves MPI after a command's end. What rank 0 could not print is an error of all.
  func finish() throws {
    try onRoot { try StandardOutput.check() }
    try communicator.finish()
  }
}
