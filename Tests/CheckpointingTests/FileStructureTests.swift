// Files of HDF5 whose parts lie elsewhere than they say.

import Checkpointing
import Collectives
import Foundation
import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct FileStructureTests {
  private let folder = TestFolder()
  private var path: String { "\(folder.path)/a.h5" }

  /// Finds `pattern`, which the file has, and replaces a byte `offset` behind its beginning.
  private func change(_ pattern: [UInt8], at offset: Int, to byte: UInt8) throws {
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[try #require(bytes.firstRange(of: Data(pattern))).lowerBound + offset] = byte
    try bytes.write(to: URL(filePath: path))
  }

  /// HDF5 1.10 looks for a table that the file does not have, and ends the program.
  @Test func messagesInATableThatIsNotThereAreRefused() throws {
    let numbers = AlignedBuffer<Float>(count: 12)
    try SampleFile.writeHDF5(
      path,
      WeightSamples(
        count: 2, latentSize: 2, latents: numbers.view.slice(0, 4),
        weights: numbers.view.slice(4, 4), weightCount: 2, statistics: numbers.view.slice(0, 0),
        blocks: [
          SampleBlock(name: "layer1", filterCount: 1, kernelShape: [1], offset: 0, filterSize: 2)
        ]), communicator: Communicator.start())
    #expect(try SampleFile.contents(of: path)?.count == 2)
    // The message of a dataset's filling, of 8 bytes and version 2, whose second byte is the kind of place if the flags say that it is elsewhere.
    try change([5, 0, 8, 0, 1, 0, 0, 0, 2, 1], at: 4, to: 3)
    let error = #expect(throws: CheckpointError.self) { try SampleFile.contents(of: path) }
    #expect(error?.description.contains("\(path) is damaged") == true)
    #expect(error?.description.contains("table of shared messages") == true)
    #expect(error?.isDamage == true)
  }

  /// HDF5 1.10 follows a list of free names in a circle, and keeps each block until memory ends.
  @Test(arguments: [false, true]) func freeNamesHaveAnEnd(besideOtherGroups: Bool) throws {
    let script =
      "import h5py, sys\n" + """
        with h5py.File(sys.argv[1], "w") as f:
            f["group/a"] = [1.0, 2.0, 3.0]
            if sys.argv[2] == "true": f.create_group("other", track_order=True)
        """
    _ = try Python.output(of: script, [path, "\(besideOtherGroups)"])
    #expect(try ArrayFile(path).array("group/a") != nil)
    let bytes = try Data(contentsOf: URL(filePath: path))
    func number(_ place: Int) -> Int {
      bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var heaps: [Int] = []
    while let found = bytes.range(of: Data("HEAP".utf8), in: (heaps.last ?? 0) + 1..<bytes.count) {
      heaps.append(found.lowerBound)
    }
    #expect(heaps.count >= 2)
    for heap in heaps {
      var damaged = bytes
      // The next free block of the first one is itself.
      let (first, block) = (number(heap + 16), number(heap + 24))
      damaged[block + first] = UInt8(first)
      try damaged.write(to: URL(filePath: path))
      let error = #expect(throws: CheckpointError.self) { try ArrayFile(path) }
      #expect(error?.description.contains("what is free among its names has no end") == true)
      #expect(error?.isDamage == true)
    }
  }

  /// A type with a name, which h5py can make, is read; one that is nowhere is refused: HDF5 1.10 follows it without end.
  @Test func namedTypesAreReadAndMustBeSomewhere() throws {
    let script =
      "import h5py, numpy, sys\n" + """
        with h5py.File(sys.argv[1], "w") as f:
            f["kind"] = numpy.dtype("<f4")
            d = f.create_dataset("group/a", (3,), dtype=f["kind"])
            d[:] = [1, 2, 3]
            f["texts"] = h5py.string_dtype()
            t = f["texts"].id
            a = h5py.h5a.create(f.id, b"text", t, h5py.h5s.create(h5py.h5s.SCALAR))
            f.attrs.modify("text", "0123456789")
            print(h5py.h5o.get_info(d.id).addr, h5py.h5o.get_info(f["kind"].id).addr)
        """
    let places = try Python.output(of: script, [path]).split(whereSeparator: \.isWhitespace)
      .compactMap { UInt64($0) }
    let file = try ArrayFile(path)
    let values = AlignedBuffer<Float>(count: 3)
    try file.read(try #require(try file.array("group/a")), rows: 0..<3, into: values.view)
    #expect(values.view.array == [1, 2, 3])
    #expect(try file.texts("text") == ["0123456789"])
    // The dataset's type is said to be the dataset's own.
    var bytes = try Data(contentsOf: URL(filePath: path))
    let own = withUnsafeBytes(of: places[0].littleEndian) { Data($0) }
    let kind = withUnsafeBytes(of: places[1].littleEndian) { Data($0) }
    let header = Int(places[0])
    let found = try #require(bytes.range(of: kind, in: header..<bytes.count))
    bytes.replaceSubrange(found, with: own)
    // Another name: HDF5 keeps what it knows of files that are open.
    let damaged = path + ".damaged"
    try bytes.write(to: URL(filePath: damaged))
    let error = #expect(throws: CheckpointError.self) {
      _ = try ArrayFile(damaged).array("group/a")
    }
    #expect(error?.description.contains("a part of it is nowhere") == true)
  }
}
