// What is done so that a checkpoint is whole.

/// Care that costs time, for measuring and for tests.
package struct WritingPrecautions: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Room on the disk is made first: without it, a full disk shows only while the file is written.
  package static let room = Self(rawValue: 1)
  /// Digests are computed, and written into the file.
  package static let digests = Self(rawValue: 2)
  /// What was written is read and compared.
  package static let readingBack = Self(rawValue: 4)

  package static let all: Self = [.room, .digests, .readingBack]
}
