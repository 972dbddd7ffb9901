// What ranks tell each other before anything else, and whether they can work together.

import Collectives
import Configurations
import Files
import Host

/// What a rank says of itself when it joins the others.
struct RankOpening: JSONRecord {
  /// What it met before.
  var failure: RankFailure?
  /// The program's version and build.
  var program = "\(ProgramVersion.current), build \(ProgramVersion.build)"
  /// What it was asked to do, but for what a rank may have for itself.
  var arguments = Self.comparable(Array(CommandLine.arguments.dropFirst()))
  /// ``RankCores/text``.
  var cores = ""
  /// Rank 0's, as YAML text: all go by it.
  var configuration: String?

  static var fields: [JSONField<RankOpening>] {
    [
      JSONField("failure", \.failure), JSONField("program", \.program),
      JSONField("arguments", \.arguments), JSONField("cores", \.cores),
      JSONField("configuration", \.configuration),
    ]
  }

  /// Tells the others, and hears of all; throws the same on every rank where one has failed or differs from rank 0. Collective.
  static func exchange(_ own: RankOpening, _ communicator: Communicator) throws -> [RankOpening] {
    var own = own
    if own.failure == nil, communicator.size == 1, let launched = LaunchedRank.current {
      own.failure = RankFailure(BadRequest(description: launched.loneliness))
    }
    let all = try communicator.gather("\(own.json)").map { text in
      JSONValue(parsing: text).flatMap(RankOpening.init(json:)) ?? RankOpening()
    }
    if let error = RankFailure.first(of: all.map(\.failure)) { throw error }
    for (rank, other) in all.enumerated().dropFirst() {
      guard let difference = other.difference(from: all[0]) else { continue }
      throw SharedError(
        RankFailure(
          BadRequest(
            description:
              "rank \(rank) \(difference); start all ranks with one program and one command line"
          )), of: nil)
    }
    return all
  }

  /// In what this rank differs from rank 0.
  private func difference(from first: RankOpening) -> String? {
    if program != first.program {
      return "runs hyperdist \(program), and rank 0 hyperdist \(first.program)"
    }
    if arguments == first.arguments { return nil }
    let same = zip(arguments, first.arguments).prefix { $0 == $1 }.count
    func rest(_ list: [String]) -> String {
      list.count > same ? "`\(list[same...].prefix(2).joined(separator: " "))`" : "nothing"
    }
    return "was given \(rest(arguments)) where rank 0 was given \(rest(first.arguments))"
  }

  /// Options whose values may differ from machine to machine.
  private static let ownOptions = ["--threads", "--data-dir"]

  static func comparable(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var isValue = false
    for argument in arguments {
      if isValue {
        isValue = false
      } else if ownOptions.contains(argument) {
        isValue = true
      } else if !ownOptions.contains(where: { argument.hasPrefix($0 + "=") }) {
        result.append(argument)
      }
    }
    return result
  }
}
