// Headers that other programs wrote: each is read or refused in one line, whatever its values are.

import Checkpointing
import Collectives
import Foundation
import Numerics
import TestSupport
import Testing

@Suite(.serialized) struct CheckpointHeaderTests {
  private let header = CheckpointHeader(
    step: 9, seed: 3, configuration: "problem: toy\n", programVersion: "1", stateDigest: "d",
    bestAccuracy: 0.75)

  private func write(_ header: CheckpointHeader, to path: String) throws {
    let values = SharedBuffer<Float>(count: 2)
    try CheckpointFile.write(
      path, header: header,
      tensors: [CheckpointTensor(name: "a", shape: [2], values: values.view)],
      communicator: Communicator.start())
  }

  @Test func theBestAccuracyIsWrittenWhereThereIsOne() throws {
    let folder = TestFolder()
    let path = folder.path + "/a.h5"
    try write(header, to: path)
    #expect(try CheckpointFile.readHeader(path) == header)
    var other = header
    other.bestAccuracy = nil
    try write(other, to: path)
    #expect(try CheckpointFile.readHeader(path) == other)
    let script = "import h5py, sys\nprint(sorted(h5py.File(sys.argv[1]).attrs))"
    #expect(try !Python.output(of: script, [path]).contains("best_accuracy"))
  }

  /// What Python is to set an attribute to, and what the refusal says; nil: the file is read.
  private static let values: [(name: String, value: String, refusal: String?)] = [
    ("step", "numpy.int64(-5)", "its attribute step is -5"),
    ("step", "numpy.int64(-2**63)", "its attribute step is -9223372036854775808"),
    ("step", "numpy.int64(2**63 - 1)", nil),
    ("step", "numpy.uint64(2**64 - 1)", nil),
    ("step", "numpy.uint8(7)", nil),
    ("step", "numpy.float64('nan')", "step is of another type"),
    ("step", "'9'", "step is of another type"),
    ("step", "numpy.arange(3)", "step is of another type"),
    ("step", "h5py.Empty('i8')", "step is of another type"),
    ("step", "None", "it has no attribute step"),
    ("seed", "numpy.int64(-1)", nil),
    ("seed", "numpy.uint64(2**64 - 1)", nil),
    ("seed", "1e300", "seed is of another type"),
    ("format_version", "numpy.int64(0)", "which no version of this program writes"),
    ("format_version", "numpy.int64(-2**63)", "which no version of this program writes"),
    ("format_version", "numpy.int64(2**63 - 1)", "use the newer program"),
    ("format_version", "None", "it has no attribute format_version"),
    ("config", "''", nil),
    ("config", "numpy.bytes_('x')", "config is of another type"),
    ("config", "5", "config is of another type"),
    ("state_digest", "None", "it has no attribute state_digest"),
    ("best_accuracy", "numpy.float64('nan')", "best_accuracy is nan"),
    ("best_accuracy", "1e300", "best_accuracy is 1e+300"),
    ("best_accuracy", "-0.5", "best_accuracy is -0.5"),
    ("best_accuracy", "1", "best_accuracy is of another type"),
    ("best_accuracy", "numpy.float32(0.25)", nil),
    ("reduction", "None", nil),
    ("reduction", "[1, 2]", "reduction is of another type"),
  ]

  @Test func anyValueIsReadOrRefused() throws {
    let folder = TestFolder()
    try write(header, to: folder.path + "/whole.h5")
    let script =
      "import h5py, numpy, shutil, sys\n" + """
        folder, pairs = sys.argv[1], sys.argv[2:]
        for number in range(len(pairs) // 2):
            path = f"{folder}/{number}.h5"
            shutil.copy(folder + "/whole.h5", path)
            with h5py.File(path, "r+") as file:
                del file.attrs["header_digest"], file.attrs[pairs[2 * number]]
                value = eval(pairs[2 * number + 1])
                if value is not None:
                    file.attrs[pairs[2 * number]] = value
        """
    _ = try Python.output(of: script, [folder.path] + Self.values.flatMap { [$0.name, $0.value] })
    for (number, expected) in Self.values.enumerated() {
      let path = "\(folder.path)/\(number).h5"
      let about = "\(expected.name) = \(expected.value)"
      do {
        let found = try CheckpointFile.readHeader(path)
        #expect(expected.refusal == nil, "\(about) was read: \(found)")
        #expect(found.step >= 0)
        let digest = StateDigest.compute(
          step: found.step, seed: found.seed, shardCount: 1, tensors: [])
        #expect(digest.count == 64)
      } catch {
        let text = "\(error)"
        let refusal = try #require(expected.refusal, "\(about): \(text)")
        #expect(text.contains(path) && text.contains(refusal) && !text.contains("\n"), "\(text)")
        #expect(!text.contains("HDF5:"), "\(text)")
      }
    }
  }

  /// Values that are possible, but not what was saved.
  @Test func attributesMatchTheirDigest() throws {
    let folder = TestFolder()
    let path = folder.path + "/a.h5"
    for (name, value) in [
      ("step", "numpy.int64(8)"), ("format_version", "numpy.int64(3)"),
      ("format_version", "numpy.int64(0)"), ("config", "'problem: tox\\n'"),
      ("best_accuracy", "0.5"),
      ("best_accuracy", "None"), ("data_digest", "'e'"), ("program_version", "'2'"),
    ] {
      var header = header
      header.dataDigest = "d"
      try write(header, to: path)
      #expect(try CheckpointFile.readHeader(path) == header)
      let script =
        "import h5py, numpy, sys\n" + """
          with h5py.File(sys.argv[1], "r+") as file:
              del file.attrs["\(name)"]
              value = \(value)
              if value is not None:
                  file.attrs["\(name)"] = value
          """
      _ = try Python.output(of: script, [path])
      do {
        let found = try CheckpointFile.readHeader(path)
        Issue.record("\(name) = \(value) was read: \(found)")
      } catch {
        // A version that is not the written one is damage, not a newer program's.
        let what =
          name == "format_version"
          ? "damaged; use another one (its attribute format_version is"
          : "do not match their header_digest"
        #expect("\(error)".contains(what), "\(error)")
      }
    }
  }

  /// Shapes that no memory holds are no tensors of a file of two kilobytes.
  @Test func hugeShapesAreRefused() throws {
    let folder = TestFolder()
    for (number, shape) in ["(2**40,)", "(2**40, 2**40)", "(2**61,)", "()"].enumerated() {
      let path = "\(folder.path)/\(number).h5"
      try write(header, to: path)
      let script =
        "import h5py, sys\n" + """
          with h5py.File(sys.argv[1], "r+") as file:
              shape = \(shape)
              file.create_dataset("b", shape, "<f4", chunks=tuple(1 for _ in shape) or None)
          """
      _ = try Python.output(of: script, [path])
      let error = #expect(throws: CheckpointError.self) {
        _ = try CheckpointFile.readAll(path, header: header, shardCount: 8)
      }
      #expect(error?.description.contains("b has shape") == true, "\(error?.description ?? "")")
    }
  }
}
