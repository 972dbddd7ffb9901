// Sample files in both formats, as other programs read them.

import Checkpointing
import Collectives
import Foundation
import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct SampleFileTests {
  private static let header = SampleHeader(
    configuration: "a: \"b\"\n# \u{e9}\n", programVersion: "1", origin: "step 3", step: 3,
    data: "{\"name\": \"mine.h5\"}")

  /// Two samples of a convolution (2 filters of 3 x 2 x 2), a linear layer (3 units of 2 inputs) and a normalized
  /// layer (2 filters of 3 inputs), every weight its place in the flat vector plus 100 a sample.
  private func write(to folder: URL) throws {
    let blocks = [
      SampleBlock(
        name: "layer1", filterCount: 2, kernelShape: [3, 2, 2], offset: 0, filterSize: 13),
      SampleBlock(name: "layer2", filterCount: 3, kernelShape: [2], offset: 26, filterSize: 3),
      SampleBlock(
        name: "layer3", filterCount: 2, kernelShape: [3], offset: 35, filterSize: 5,
        statisticOffset: 0),
    ]
    let latents = AlignedBuffer<Float>(count: 2 * 5)
    for index in 0..<10 { latents[index] = Float(index) }
    let weights = AlignedBuffer<Float>(count: 2 * 45)
    for index in 0..<90 { weights[index] = Float(index / 45 * 100 + index % 45) }
    let statistics = AlignedBuffer<Float>(count: 2 * 4)
    for index in 0..<8 { statistics[index] = Float(1000 + index) }
    let samples = WeightSamples(
      count: 2, latentSize: 5, latents: latents.view, weights: weights.view, weightCount: 45,
      statistics: statistics.view, blocks: blocks)
    try SampleFile.writeHDF5(
      folder.path + "/s.h5", samples, header: Self.header, communicator: Communicator.start())
    try SampleFile.writeSafetensors(
      folder.path + "/s.safetensors", samples, header: Self.header,
      communicator: Communicator.start())
  }

  @Test func otherProgramsReadBothFormats() throws {
    let folder = try RankLauncher.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(to: folder)
    // safetensors is read by its definition, so that its package is not needed.
    let script =
      "import h5py, json, numpy, struct, sys\n" + """
        folder = sys.argv[1]
        flat = numpy.arange(45)[None] + 100 * numpy.arange(2)[:, None]
        conv = flat[:, :26].reshape(2, 2, 13)
        full = flat[:, 26:35].reshape(2, 3, 3)
        normal = flat[:, 35:].reshape(2, 2, 5)
        expected = {
            "latents": numpy.arange(10).reshape(2, 5),
            "weights/layer1/kernel": conv[:, :, :12].reshape(2, 2, 3, 2, 2),
            "weights/layer1/bias": conv[:, :, 12],
            "weights/layer2/kernel": full[:, :, :2],
            "weights/layer2/bias": full[:, :, 2],
            "weights/layer3/kernel": normal[:, :, :3],
            "weights/layer3/scale": normal[:, :, 3],
            "weights/layer3/shift": normal[:, :, 4],
            "weights/layer3/mean": numpy.array([[1000, 1001], [1004, 1005]]),
            "weights/layer3/variance": numpy.array([[1002, 1003], [1006, 1007]])}
        with h5py.File(folder + "/s.h5", "r") as f:
            names = []
            f.visititems(lambda n, o: names.append(n) if isinstance(o, h5py.Dataset) else None)
            assert sorted(names) == sorted(expected), names
            for name, values in expected.items():
                found = f[name]
                assert found.dtype == numpy.float32 and found.shape == values.shape, name
                assert (found[()] == values).all(), name
        data = open(folder + "/s.safetensors", "rb").read()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        told = header.pop("__metadata__")
        with h5py.File(folder + "/s.h5", "r") as f:
            assert told == {name: str(value) for name, value in f.attrs.items()}, told
        assert told["training_step"] == "3" and json.loads(told["data"])["name"] == "mine.h5"
        assert length % 8 == 0 and sorted(header) == sorted(n.replace("/", ".") for n in expected)
        body = data[8 + length:]
        end = 0
        for name, values in expected.items():
            entry = header[name.replace("/", ".")]
            assert entry["dtype"] == "F32" and entry["shape"] == list(values.shape), entry
            start, stop = entry["data_offsets"]
            assert start == end
            end = stop
            assert (numpy.frombuffer(body[start:stop], "<f4").reshape(values.shape) == values).all()
        assert end == len(body)
        print("ok")
        """
    #expect(try Python.output(of: script, [folder.path]) == "ok\n")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
        "s.h5", "s.safetensors",
      ])
  }

  /// Tensors larger than what is gathered at a time, in both formats and as HDF5 writes them by itself.
  @Test func largeTensorsComeInPieces() throws {
    let folder = try RankLauncher.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    // Kernels of 1.4 MB a sample, seven of them: more than are gathered at a time.
    let blocks = [
      SampleBlock(
        name: "layer1", filterCount: 5, kernelShape: [70_000], offset: 0, filterSize: 70_001),
      SampleBlock(
        name: "layer2", filterCount: 1_000, kernelShape: [3, 4], offset: 350_005, filterSize: 13),
    ]
    let (count, weightCount) = (7, 363_005)
    let latents = AlignedBuffer<Float>(count: count * 2)
    let weights = AlignedBuffer<Float>(count: count * weightCount)
    for index in 0..<weights.count { weights[index] = Float(index) }
    let none = AlignedBuffer<Float>(count: 0)
    let samples = WeightSamples(
      count: count, latentSize: 2, latents: latents.view, weights: weights.view,
      weightCount: weightCount, statistics: none.view, blocks: blocks)
    let path = folder.path + "/s"
    try SampleFile.writeHDF5(path + ".h5", samples, communicator: Communicator.start())
    try SampleFile.writeSafetensors(
      path + ".safetensors", samples, communicator: Communicator.start())
    let plain = PlainCollectiveFile(samples, communicator: try Communicator.start())
    #expect(plain.byteCount == 4 * count * (weightCount + 2))
    #expect(try plain.write(path + "-plain.h5") > 0)

    func values(_ file: String, _ name: String, _ shape: [Int]) throws -> [Float] {
      let buffer = SharedBuffer<Float>(count: shape.reduce(1, *))
      try SampleFile.read(
        #require(try SampleFile.contents(of: file)),
        tensors: [CheckpointTensor(name: name, shape: shape, values: buffer.view)])
      return withExtendedLifetime(buffer) { buffer.view.array }
    }
    func flat(_ sample: Int, _ place: Int) -> Float { Float(sample * weightCount + place) }
    let kernels = (0..<count).flatMap { sample in
      (0..<5).flatMap { filter in (0..<70_000).map { flat(sample, filter * 70_001 + $0) } }
    }
    let biases = (0..<count).flatMap { sample in
      (0..<1_000).map { flat(sample, 350_005 + $0 * 13 + 12) }
    }
    for file in [path + ".h5", path + "-plain.h5"] {
      #expect(try values(file, "weights/layer1/kernel", [count, 5, 70_000]) == kernels)
      #expect(try values(file, "weights/layer2/bias", [count, 1_000]) == biases)
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path + ".safetensors"))
    #expect(bytes.count > plain.byteCount && bytes.count < plain.byteCount + 2_000)
    // Behind the latents come the kernels; the last tensor are the second layer's biases.
    let begin = bytes.count - plain.byteCount + 4 * count * 2
    let found = bytes[begin..<begin + 4 * kernels.count].withUnsafeBytes { raw in
      (0..<kernels.count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    #expect(found == kernels)
    let last = bytes.suffix(4 * biases.count).withUnsafeBytes { raw in
      (0..<biases.count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    #expect(last == biases)
  }
}
