// Traces of what ranks do, in files.

import Collectives
import Files

/// Time-independent traces as SimGrid replays them: a file a rank, and a list of the files.
public enum RankTrace {
  /// The list of the ranks' files, by which they are replayed.
  public static let listName = "ranks.txt"

  public static func fileName(of rank: Int) -> String { "rank-\(rank).trace" }

  /// The text of one rank's file.
  public static func text(_ actions: [MessageAction], rank: Int) -> String {
    (["\(rank) init"] + actions.map { $0.line(of: rank) } + ["\(rank) finalize", ""])
      .joined(separator: "\n")
  }

  public static func write(_ actions: [MessageAction], rank: Int, to folder: String) throws {
    try WholeFile.replace(
      "\(folder)/\(fileName(of: rank))", with: text(actions, rank: rank))
  }

  public static func writeList(rankCount: Int, to folder: String) throws {
    try WholeFile.replace(
      "\(folder)/\(listName)",
      with: (0..<rankCount).map { "\(folder)/\(fileName(of: $0))\n" }.joined())
  }

  /// What a rank's file says.
  public static func read(rank: Int, from folder: String) throws -> [MessageAction] {
    let path = "\(folder)/\(fileName(of: rank))"
    guard let text = try WholeFile.text(path) else {
      throw ScalingError("\(path): no such trace; make it with hyperdist bench step --trace")
    }
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.first == "\(rank) init", lines.last == "\(rank) finalize" else {
      throw ScalingError("\(path): this is no whole trace of rank \(rank)")
    }
    return try lines.dropFirst().dropLast().map { line in
      guard let action = MessageAction(line: line) else {
        throw ScalingError("\(path): not an action: \(line)")
      }
      return action
    }
  }

  /// Where two ranks' ways differ: their messages of each space, in order. Nil where they are the same.
  public static func difference(_ one: [MessageAction], _ other: [MessageAction]) -> String? {
    func spaces(_ actions: [MessageAction]) -> [Int: [MessageAction]] {
      Dictionary(grouping: actions.filter(\.isMessage)) { $0.space ?? 0 }
    }
    let (one, other) = (spaces(one), spaces(other))
    for space in Set(one.keys).union(other.keys).sorted() {
      let (left, right) = (one[space] ?? [], other[space] ?? [])
      let place =
        zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset
        ?? min(left.count, right.count)
      if place == max(left.count, right.count) { continue }
      func text(_ actions: [MessageAction]) -> String {
        place < actions.count ? "\(actions[place])" : "nothing"
      }
      return
        "space \(space), message \(place) of \(left.count) and \(right.count): \(text(left)), not \(text(right))"
    }
    return nil
  }
}
