// What an ensemble makes of the images of each class.

import Files
import Numerics

/// Of one class: how many of its images the class with the largest mean probability is the right one of, and what else they are taken for.
public struct ClassFigures: Sendable, Equatable {
  public let label: Int
  public let images: Int
  public let correct: Int
  /// The wrong class that most of its images are taken for, the lowest of equals, and by how many; nil where none is.
  public let mistaken: Mistaken?

  public struct Mistaken: Sendable, Equatable {
    public let label: Int
    public let images: Int
  }

  /// nil of a class without images.
  public var accuracy: Double? { images == 0 ? nil : Double(correct) / Double(images) }

  /// All classes', in their order. Memory: a number for each pair of a class and one that its images are taken for.
  public static func all(named classes: [Int], labels: [ClassLabel], classCount: Int)
    -> [ClassFigures]
  {
    var counts = [[Int: Int]](repeating: [:], count: classCount)
    for (named, label) in zip(classes, labels) { counts[Int(label)][named, default: 0] += 1 }
    return counts.enumerated().map { label, named in
      let wrong = named.filter { $0.key != label }
        .max { ($0.value, -$0.key) < ($1.value, -$1.key) }
      return ClassFigures(
        label: label, images: named.values.reduce(0, +), correct: named[label] ?? 0,
        mistaken: wrong.map { Mistaken(label: $0.key, images: $0.value) })
    }
  }

  /// `evaluate --json`; `names` are the classes', or none.
  func json(_ names: [String]) -> JSONValue {
    func name(_ label: Int) -> JSONValue { names.isEmpty ? label.json : names[label].json }
    return .object([
      ("class", name(label)), ("images", images.json), ("accuracy", accuracy.json),
      ("mistaken_for", mistaken.map { name($0.label) } ?? .null),
      ("mistaken", (mistaken?.images ?? 0).json),
    ])
  }
}
