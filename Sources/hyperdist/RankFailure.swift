// How a rank failed, in a form that others can be told.

import ArgumentParser
import Files
import Host

/// An error of one rank: the line to print and the status to end with.
struct RankFailure: JSONRecord {
  var text = ""
  var status = Int(ExitStatus.failed.rawValue)
  /// Of a command line that cannot be read: the text is complete with its usage.
  var isUsage = false

  static let fields: [JSONField<RankFailure>] = [
    JSONField("text", \.text), JSONField("status", \.status), JSONField("usage", \.isUsage),
  ]

  init() {}

  init(_ error: any Error) {
    if let error = error as? any UserFacingError {
      (text, status) = (error.description, Int(error.exitStatus.rawValue))
    } else {
      text = Hyperdist.fullMessage(for: error)
      isUsage = Hyperdist.exitCode(for: error) == .validationFailure
      status = Int((isUsage ? ExitStatus.badRequest : .failed).rawValue)
    }
  }

  var exitStatus: ExitStatus { ExitStatus(rawValue: Int32(status)) ?? .failed }

  /// What is printed where it is known whose failure it is; `rank` nil: of all, or of rank 0 for all.
  func line(of rank: Int?) -> String {
    let own = rank.map { "rank \($0): \(text)" } ?? text
    return isUsage ? own : "hyperdist: \(own)"
  }

  /// The first of failures by rank, as all ranks tell it: nil where there is none.
  static func first(of failures: [RankFailure?]) -> SharedError? {
    guard let rank = failures.firstIndex(where: { $0 != nil }), let failure = failures[rank] else {
      return nil
    }
    let isOneRanks = rank > 0 && failures.contains { $0 == nil }
    return SharedError(failure, of: isOneRanks ? rank : nil)
  }
}
