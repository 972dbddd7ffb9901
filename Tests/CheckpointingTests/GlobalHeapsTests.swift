// Texts without an end in an HDF5 file.

import Checkpointing
import Collectives
import Foundation
import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct GlobalHeapsTests {
  /// HDF5 1.10 reads such a file for ever.
  @Test func objectsWithoutExtentAreRefused() throws {
    let folder = TestFolder()
    let path = "\(folder.path)/a.h5"
    let values = AlignedBuffer<Float>(count: 12)
    try CheckpointFile.write(
      path,
      header: CheckpointHeader(
        step: 3, seed: 1, configuration: "a: 1\n", programVersion: "1.0",
        stateDigest: String(repeating: "ab", count: 32)),
      tensors: [CheckpointTensor(name: "a/weight", shape: [3, 4], values: values.view)],
      communicator: Communicator.start())
    var bytes = try Data(contentsOf: URL(filePath: path))
    let heap = try #require(bytes.firstRange(of: Data("GCOL".utf8))).lowerBound
    // Behind the heap's header its first object's: index, count of references, four bytes, size.
    for offset in [16, 17] + Array(24..<32) { bytes[heap + offset] = 0 }
    try bytes.write(to: URL(filePath: path))
    let error = #expect(throws: CheckpointError.self) { try CheckpointFile.readHeader(path) }
    #expect(error?.description.contains("\(path) is damaged: a text in it has no end") == true)
    #expect(error?.isDamage == true)
  }

  /// HDF5 1.10 writes behind the end of what it has made room for.
  @Test func textsAreAsLongAsTheirAttributesSay() throws {
    let folder = TestFolder()
    let path = "\(folder.path)/a.h5"
    let script =
      "import h5py, sys\n" + """
        with h5py.File(sys.argv[1], "w") as f:
            f.attrs["text"] = "0123456789abcdef"
            f.attrs["list"] = ["first", "second"]
        """
    _ = try Python.output(of: script, [path])
    #expect(try ArrayFile(path).texts("list") == ["first", "second"])
    let bytes = try Data(contentsOf: URL(filePath: path))
    let heap = try #require(bytes.firstRange(of: Data("GCOL".utf8))).lowerBound
    let place = withUnsafeBytes(of: UInt64(heap).littleEndian) { Data($0) }
    let length = Data([16, 0, 0, 0])
    let found = try #require(bytes.firstRange(of: length + place)).lowerBound
    // Before it the type of the characters: an integer of 1 byte, here of 32,769.
    let type = try #require(
      bytes.range(of: Data([0x10, 0, 0, 0, 1, 0, 0, 0]), options: .backwards, in: 0..<found))
    for (place, byte) in [(found, UInt8(4)), (type.lowerBound + 5, 0x80)] {
      var damaged = bytes
      damaged[place] = byte
      try damaged.write(to: URL(filePath: path))
      let error = #expect(throws: CheckpointError.self) { try ArrayFile(path) }
      #expect(error?.description.contains("not as long as its attribute says") == true)
    }
  }
}
