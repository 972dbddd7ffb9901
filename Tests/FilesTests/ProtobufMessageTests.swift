// Messages byte by byte, as protobuf.dev's "Encoding" has them.

import Testing

@testable import Files

@Suite struct ProtobufMessageTests {
  @Test func fields() {
    var message = ProtobufMessage()
    message.add(1, 150)
    #expect(message.bytes == [0x08, 0x96, 0x01])
    message.add(2, "testing")
    #expect(message.bytes.dropFirst(3) == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    var outer = ProtobufMessage()
    outer.add(3, message)
    #expect(outer.bytes == [0x1a, 12] + message.bytes)
    var numbers = ProtobufMessage()
    numbers.add(1, -2)
    numbers.add(4, Float(1))
    numbers.add(20, 7)
    #expect(
      numbers.bytes == [0x08, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01]
        + [0x25, 0, 0, 0x80, 0x3f] + [0xa0, 0x01, 7])
    #expect(ProtobufMessage.firstVarint(of: 20, in: numbers.bytes[...]) == 7)
  }

  /// Long content keeps its piece, and lengths count all of it.
  @Test func longContent() {
    let long = [UInt8](repeating: 9, count: 100_000)
    var inner = ProtobufMessage()
    inner.add(1, 1)
    inner.add(9, long)
    inner.add(2, "x")
    var outer = ProtobufMessage()
    outer.add(7, inner)
    outer.add(8, 5)
    let length: [UInt8] = [0xa0, 0x8d, 0x06]
    let content = [0x08, 1, 0x4a] + length + long + [0x12, 1, 0x78]
    #expect(content.count == 100_009)
    #expect(outer.bytes == [0x3a, 0xa9, 0x8d, 0x06] + content + [0x40, 5])
    #expect(outer.pieces.contains(long))
  }
}
