// How far a worker has come.

import Foundation

struct FuzzOutcome: Codable {
  /// Exit status of a worker that found something itself.
  static let complained: Int32 = 9

  var number = 0
  var reads = 0
  var refusals = 0
  var complaint: String?

  func write(to folder: String) throws {
    try JSONEncoder().encode(self).write(
      to: URL(filePath: "\(folder)/progress"), options: .atomic)
  }

  init() {}

  /// What a worker wrote last.
  init(in folder: String) throws {
    self = try JSONDecoder().decode(
      Self.self, from: Data(contentsOf: URL(filePath: "\(folder)/progress")))
  }
}
