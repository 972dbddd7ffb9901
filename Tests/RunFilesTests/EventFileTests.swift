// TensorBoard's file: whole records stay, torn ones go.

import Files
import TestSupport
import Testing

@testable import RunFiles

@Suite struct EventFileTests {
  private let folder = TestFolder()

  private func row(_ step: Int) -> MetricsRow {
    var row = MetricsRow(step: step)
    row.loss = Double(step)
    row.entropy = .nan
    return row
  }

  private func steps(_ path: String) throws -> [UInt64?] {
    TFRecord.records(of: try #require(try WholeFile.bytes(path))).map {
      ProtobufMessage.firstVarint(of: 2, in: $0)
    }
  }

  @Test func hostsWithASlash() {
    #expect(EventFile.name(time: 7, host: "north/1") == "events.out.tfevents.7.north_1")
  }

  @Test func laterEventsAreMadeAgain() throws {
    let file = try EventFile(directory: folder.path, continuingFrom: 0)
    for step in 1...4 { try file.append(row(step), accuracies: step == 2 ? [0.5, 0.7] : nil) }
    #expect(try steps(file.path) == [nil, 1, 2, 3, 4])
    let second = try EventFile(directory: folder.path, continuingFrom: 2)
    #expect(second.path == file.path)
    try second.append(row(3), accuracies: nil)
    #expect(try steps(file.path) == [nil, 1, 2, 3])
    // A new run begins anew.
    _ = try EventFile(directory: folder.path, continuingFrom: 0)
    #expect(try steps(file.path) == [nil])
    #expect(Folder.names(in: folder.path).count == 1)
  }

  /// A record that a crash cut off, at every length; what is written behind it can be read.
  @Test func aTornRecordIsDropped() throws {
    let file = try EventFile(directory: folder.path, continuingFrom: 0)
    try file.append(row(1), accuracies: nil)
    let whole = try #require(try WholeFile.bytes(file.path))
    try file.append(row(2), accuracies: [0.25])
    let more = try #require(try WholeFile.bytes(file.path))
    for length in whole.count..<more.count {
      try WholeFile.replace(file.path, with: Array(more[..<length]))
      let again = try EventFile(directory: folder.path, continuingFrom: 5)
      try again.append(row(6), accuracies: nil)
      #expect(try steps(file.path) == [nil, 1, 6])
    }
    // One flipped bit in the second of three records: it ends there.
    try WholeFile.replace(file.path, with: more)
    try file.append(row(3), accuracies: nil)
    var damaged = try #require(try WholeFile.bytes(file.path))
    damaged[whole.count + 14] ^= 4
    try WholeFile.replace(file.path, with: damaged)
    _ = try EventFile(directory: folder.path, continuingFrom: 5)
    #expect(try steps(file.path) == [nil, 1])
  }

  @Test func checksumsAreCastagnolis() {
    // RFC 3720, appendix B.4.
    #expect(TFRecord.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(TFRecord.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
  }
}
