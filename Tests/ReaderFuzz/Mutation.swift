// Damage of all kinds, by random numbers.

import TestSupport

/// What chance and malice do to a file.
struct Mutation {
  private var random: SeededRandom

  init(seed: UInt64, reader: String, number: Int) {
    random = SeededRandom(seed: seed, experiment: reader, trial: number)
  }

  private mutating func below(_ count: Int) -> Int {
    Int.random(in: 0..<max(1, count), using: &random)
  }

  /// One to four changes of `bytes`.
  mutating func apply(to bytes: inout [UInt8], asText: Bool) {
    for _ in 0...below(4) {
      if asText && below(3) > 0 { changeText(&bytes) } else { changeBytes(&bytes) }
    }
  }

  private static let numbers: [UInt64] = [
    0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
    0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff,
  ]

  private mutating func changeBytes(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(below(256))) }
    let place = below(bytes.count)
    let length = min(1 + below(below(4) == 0 ? 4096 : 16), bytes.count - place)
    switch below(9) {
    case 0, 1: bytes[place] ^= 1 << UInt8(below(8))
    case 2: bytes[place] = UInt8(below(256))
    case 3: bytes.removeSubrange(place...)
    case 4: bytes.removeSubrange(place..<place + length)
    case 5:
      for index in place..<place + length { bytes[index] = 0 }
    case 6:
      let from = below(bytes.count - length + 1)
      bytes.replaceSubrange(place..<place + length, with: Array(bytes[from..<from + length]))
    case 7:
      bytes.insert(contentsOf: (0..<length).map { _ in UInt8(below(256)) }, at: place)
    default:
      // A count, a size or an offset.
      let width = [1, 2, 4, 8][below(4)]
      var number = Self.numbers[below(Self.numbers.count)]
      if below(2) == 0 { number = number.byteSwapped >> UInt64(64 - 8 * width) }
      for index in 0..<width where place + index < bytes.count {
        bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
      }
    }
  }

  private static let tokens = [
    "-", "-1", "0", "1e999", "nan", "inf", "99999999999999999999", "4294967296",
    "9223372036854775807",
    "null", "true", "~", "[", "]", "{", "}", "[[[[[[", "{{", ":", ": ", ",", "\"", "'", "\\",
    "\\u0000",
    "\\ud800", "&a ", "*a", "!!binary ", "<<: ", "|", ">", "#", "\t", "\n", "\r\n", "\n\n", "  ",
    "\u{feff}",
    "\u{0}", "é", "%", "- ", "? ",
  ]

  private mutating func changeText(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    switch below(5) {
    case 0, 1:
      bytes.insert(contentsOf: Self.tokens[below(Self.tokens.count)].utf8, at: place)
    case 2:
      // A number is another.
      guard let digit = bytes[min(place, bytes.count)...].firstIndex(where: { 48...57 ~= $0 })
      else { return }
      let end = bytes[digit...].firstIndex { !(48...57 ~= $0) } ?? bytes.count
      bytes.replaceSubrange(digit..<end, with: Self.tokens[below(Self.tokens.count)].utf8)
    case 3:
      // A line twice, somewhere.
      let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
      bytes.insert(contentsOf: lines[below(lines.count)] + [10], at: place)
    default:
      // Nesting.
      let depth = 1 + below(below(20) == 0 ? 100_000 : 50)
      let opening = Array(["[", "{\"a\":", "- ", "{a: "][below(4)].utf8)
      bytes.insert(contentsOf: (0..<depth).flatMap { _ in opening }, at: place)
    }
  }
}
