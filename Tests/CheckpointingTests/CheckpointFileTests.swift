// Checkpoints read back by this program and by h5py, and damaged ones.

import Checkpointing
import Collectives
import Foundation
import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct CheckpointFileTests {
  private let folder = TestFolder()
  private var path: String { "\(folder.path)/a.h5" }
  /// Of the tensor that is written.
  private let values = SharedBuffer<Float>(count: 12)

  private static let shardCount = 8
  private let header: CheckpointHeader = {
    let values = AlignedBuffer<Float>(count: 12)
    fill(values.view)
    let step = 1_234
    let seed = UInt64.max - 3
    let tensor = CheckpointTensor(
      name: "hypernetwork/a/weight", shape: [3, 4], values: values.view)
    return CheckpointHeader(
      step: step, seed: seed, configuration: "a: größer\nb: [1, 2]\n", programVersion: "1.0",
      stateDigest: StateDigest.compute(
        step: step, seed: seed, shardCount: shardCount, tensors: [tensor]))
  }()

  private static func fill(_ values: FloatView) {
    for index in 0..<12 { values[index] = Float(index) + 0.25 }
  }

  private func read(_ tensors: [CheckpointTensor]) throws {
    try CheckpointFile.read(path, header: header, shardCount: Self.shardCount, tensors: tensors)
  }

  /// A checkpoint of one tensor (3, 4).
  private func writeOne() throws {
    Self.fill(values.view)
    try write([
      CheckpointTensor(name: "hypernetwork/a/weight", shape: [3, 4], values: values.view)
    ])
  }

  private func write(_ tensors: [CheckpointTensor]) throws {
    let communicator = try Communicator.start()
    try CheckpointFile.write(
      path, header: header, tensors: tensors,
      digests: StateDigester(
        step: header.step, seed: header.seed, shardCount: Self.shardCount, tensors: tensors,
        pool: nil, communicator: communicator), communicator: communicator)
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  /// Where the file has the number that is 5.25.
  private func place(in bytes: Data) throws -> Int {
    try #require(bytes.range(of: withUnsafeBytes(of: Float(5.25)) { Data($0) })).lowerBound
  }

  /// The description of the error `body` must throw.
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    try writeOne()
    #expect(try CheckpointFile.readHeader(path) == header)
    let list = try CheckpointFile.list(path)
    #expect(list.map(\.name) == ["hypernetwork/a/weight"])
    #expect(list.map(\.shape) == [[3, 4]])
    let read = AlignedBuffer<Float>(count: 12)
    try self.read([
      CheckpointTensor(name: "hypernetwork/a/weight", shape: [3, 4], values: read.view)
    ])
    #expect(read.view.array == values.view.array)
    // What is not asked for must be sound too.
    try self.read([])
  }

  @Test func h5pyReadsIt() throws {
    try writeOne()
    let script =
      "import h5py, numpy, sys\n" + """
        with h5py.File(sys.argv[1], "r") as f:
            w = f["/hypernetwork/a/weight"]
            assert w.dtype == numpy.float32 and w.shape == (3, 4)
            assert (w[()] == numpy.arange(12).reshape(3, 4) + 0.25).all()
            a = f.attrs
            assert a["config"] == "a: gr\\u00f6\\u00dfer\\nb: [1, 2]\\n", a["config"]
            assert a["step"] == 1234 and a["seed"] == 2**64 - 4 and a["format_version"] == 1
            assert a["program_version"] == "1.0" and a["state_digest"] == sys.argv[2]
            print("ok")
        """
    #expect(try Python.output(of: script, [path, header.stateDigest]) == "ok\n")
  }

  @Test func wrongNamesAndShapesAreNamed() throws {
    try writeOne()
    let shape = message {
      try read([
        CheckpointTensor(name: "hypernetwork/a/weight", shape: [4, 3], values: values.view)
      ])
    }
    #expect(shape.contains(path) && shape.contains("hypernetwork/a/weight"), "\(shape)")
    #expect(shape.contains("[3, 4]") && shape.contains("[4, 3]"), "\(shape)")
    let name = message {
      try read([CheckpointTensor(name: "b", shape: [12], values: values.view)])
    }
    #expect(name.contains(path) && name.contains("no tensor b"), "\(name)")
  }

  /// Any byte of numbers or attributes, whoever asks for what.
  @Test func aFlippedBitIsNoticed() throws {
    try writeOne()
    let whole = try bytes(path)
    func refusal(flipping place: Int) throws -> String {
      var damaged = whole
      damaged[place] ^= 1
      try damaged.write(to: URL(filePath: path))
      return message {
        let header = try CheckpointFile.readHeader(path)
        try CheckpointFile.read(path, header: header, shardCount: Self.shardCount, tensors: [])
      }
    }
    let number = try place(in: whole)
    #expect(
      try refusal(flipping: number)
        == "\(path) is damaged: hypernetwork/a/weight is not what was saved; use another checkpoint"
    )
    let text = try #require(whole.range(of: Data("[1, 2]".utf8))?.lowerBound)
    #expect(try refusal(flipping: text + 1).contains("do not match their header_digest"))
    // The last tensor's running digest is the whole's.
    let digest = Data(header.stateDigest.utf8)
    let first = try #require(whole.range(of: digest))
    let second = try #require(whole[first.upperBound...].range(of: digest))
    let refusals = try [first, second].map { try refusal(flipping: $0.lowerBound) }
    #expect(refusals.contains { $0.contains("weight is not what was saved") })
    #expect(refusals.contains { $0.contains("do not match their header_digest") })
  }

  /// Of several tensors the damaged one, whichever are asked for.
  @Test func theDamagedTensorIsNamed() throws {
    Self.fill(values.view)
    let others = SharedBuffer<Float>(count: 4)
    let tensors = [
      CheckpointTensor(name: "c", shape: [4], values: others.view),
      CheckpointTensor(name: "b", shape: [12], values: values.view),
      CheckpointTensor(name: "a", shape: [2, 2], values: others.view),
    ]
    try write(tensors)
    let header = try CheckpointFile.readHeader(path)
    var damaged = try bytes(path)
    damaged[try place(in: damaged)] ^= 1
    try damaged.write(to: URL(filePath: path))
    for wanted in [[], [tensors[0]], [tensors[2]], tensors] {
      let text = message {
        try CheckpointFile.read(
          path, header: header, shardCount: Self.shardCount, tensors: wanted)
      }
      #expect(text.contains("\(path) is damaged: b is not what was saved"), "\(text)")
    }
  }

  /// Files whose datasets have digests of their own, or none, as earlier versions wrote them.
  @Test(arguments: [true, false])
  func earlierFilesAreRead(haveDigests: Bool) throws {
    try writeOne()
    let script =
      "import h5py, numpy, sys\n" + """
        with h5py.File(sys.argv[1], "r+") as f:
            d = f["hypernetwork/a/weight"]
            assert d.attrs["running_digest"] == f.attrs["state_digest"].encode()
            del d.attrs["running_digest"]
            if len(sys.argv) > 2:
                d.attrs["digest"] = numpy.bytes_(sys.argv[2])
        """
    let own = haveDigests ? [try TensorDigestsTests.ownDigest(5.25)] : []
    _ = try Python.output(of: script, [path] + own)
    try read([])
    var bytes = try self.bytes(path)
    bytes[try place(in: bytes)] ^= 1
    try bytes.write(to: URL(filePath: path))
    #expect(
      message { try read([]) }.contains(
        haveDigests ? "weight is not what was saved" : "does not match its state_digest"))
  }

  /// An array within its header that has fewer bytes than its shape says: HDF5 1.10 reads from nowhere.
  @Test func shortArraysWithinTheirHeadersAreRefused() throws {
    let script =
      "import h5py, numpy, sys\n" + """
        with h5py.File(sys.argv[1], "w") as f:
            p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            p.set_layout(h5py.h5d.COMPACT)
            s = h5py.h5s.create_simple((12,))
            d = h5py.h5d.create(f.id, b"a", h5py.h5t.IEEE_F32LE, s, p)
            d.write(h5py.h5s.ALL, h5py.h5s.ALL, numpy.full(12, 5.25, "f4"))
        """
    _ = try Python.output(of: script, [path])
    var bytes = try self.bytes(path)
    let place = try self.place(in: bytes)
    let found = try ArrayFile(path)
    let array = try #require(try found.array("a"))
    let values = AlignedBuffer<Float>(count: 12)
    try found.read(array, rows: 0..<12, into: values.view)
    #expect(values.view[11] == 5.25)
    // The size, of 16 bits, before the numbers.
    #expect(bytes[place - 2] == 48)
    bytes[place - 2] = 0
    // Another name: HDF5 keeps what it knows of files that are open.
    let short = path + ".short"
    try bytes.write(to: URL(filePath: short))
    let text = message {
      let found = try ArrayFile(short)
      guard let array = try found.array("a") else { return }
      try found.read(array, rows: 0..<12, into: values.view)
    }
    #expect(text.contains("fewer bytes than its shape says"), "\(text)")
  }

  @Test func damagedFilesAreOneClearLine() throws {
    try writeOne()
    let whole = try bytes(path)
    let cases: [(String, Data, String)] = [
      ("truncated", whole.prefix(whole.count / 2), "truncated file"),
      ("text", Data("not a checkpoint".utf8), "no HDF5 file"),
      ("empty", Data(), "it is empty"),
    ]
    for (name, content, expected) in cases {
      let damaged = "\(folder.path)/\(name)"
      try content.write(to: URL(filePath: damaged))
      let text = message { _ = try CheckpointFile.readHeader(damaged) }
      #expect(text.contains(damaged) && text.contains(expected), "\(text)")
      #expect(text.contains("use another") && !text.contains("\n"), "\(text)")
    }
    let missing = message { _ = try CheckpointFile.readHeader(path + "x") }
    #expect(
      missing.contains("cannot read \(path)x: No such file or directory; check the path"),
      "\(missing)")
  }

  @Test func filesWithoutAHeaderAreNotCheckpoints() throws {
    let numbers = AlignedBuffer<Float>(count: 4)
    try SampleFile.writeHDF5(
      path,
      WeightSamples(
        count: 1, latentSize: 2, latents: numbers.view.slice(0, 2),
        weights: numbers.view.slice(2, 2),
        weightCount: 2, statistics: numbers.view.slice(0, 0),
        blocks: [
          SampleBlock(name: "layer1", filterCount: 1, kernelShape: [1], offset: 0, filterSize: 2)
        ]), communicator: Communicator.start())
    let samples = message { _ = try CheckpointFile.readHeader(path) }
    #expect(samples.contains("not a checkpoint: it holds generated networks"), "\(samples)")
    let other = CheckpointTensor(name: "other", shape: [4], values: numbers.view)
    _ = try PlainCollectiveFile([other], communicator: Communicator.start()).write(path)
    let text = message { _ = try CheckpointFile.readHeader(path) }
    #expect(text.contains("not a checkpoint") && text.contains("format_version"), "\(text)")
  }

  @Test func folderThatIsNotThere() throws {
    let target = folder.path + "/none/a.h5"
    let text = message {
      try CheckpointFile.write(
        target, header: header,
        tensors: [CheckpointTensor(name: "a", shape: [12], values: values.view)],
        communicator: Communicator.start())
    }
    #expect(
      text
        == "cannot write \(target): No such file or directory; check the path, or choose another place"
    )
  }

  @Test func digestsTellStatesApart() {
    let values = AlignedBuffer<Float>(count: 4)
    func tensors(_ shape: [Int], _ name: String = "b") -> [CheckpointTensor] {
      [
        CheckpointTensor(name: name, shape: shape, values: values.view),
        CheckpointTensor(name: "a", shape: [4], values: values.view),
      ]
    }
    func digest(_ step: Int, _ tensors: [CheckpointTensor]) -> String {
      StateDigest.compute(step: step, seed: 2, shardCount: 8, tensors: tensors)
    }
    let first = digest(1, tensors([4]))
    #expect(first.count == 64)
    #expect(first == digest(1, tensors([4]).reversed()))
    var others = [
      digest(2, tensors([4])), digest(1, tensors([2, 2])), digest(1, tensors([4], "c")),
    ]
    values[3] = -0.0
    others.append(digest(1, tensors([4])))
    #expect(Set(others + [first]).count == 5)
  }
}
