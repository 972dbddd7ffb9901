// ONNX files run by another program.

import Foundation

/// onnx's checker and onnxruntime.
public enum ONNXRuntime {
  public static let modules = ["onnx", "onnxruntime", "numpy"]

  /// A tensor of 32-bit floats.
  public struct Tensor: Sendable {
    public let shape: [Int]
    public let values: [Float]

    public init(shape: [Int], values: [Float]) {
      precondition(values.count == shape.reduce(1, *), "\(values.count) numbers as \(shape)")
      (self.shape, self.values) = (shape, values)
    }
  }

  /// All outputs of a model, whose shapes must be those that it promises; `feeds` are its inputs. Several calls in a row cost one start
  /// of Python.
  public static func outputs(
    _ runs: [(model: [[UInt8]], feeds: [String: Tensor])]
  ) throws -> [[String: Tensor]] {
    let folder = TestFolder()
    for (number, run) in runs.enumerated() {
      folder.write(Array(run.model.joined()), to: "\(number)/model.onnx")
      for (name, tensor) in run.feeds {
        folder.write(tensor.values.withUnsafeBytes { Array($0) }, to: "\(number)/in/\(name)")
        folder.write(
          tensor.shape.map(String.init).joined(separator: " "), to: "\(number)/shapes/\(name)")
      }
    }
    let text = try Python.output(of: script, [folder.path, "\(runs.count)"], modules: modules)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("output ") }
    var results = [[String: Tensor]](repeating: [:], count: runs.count)
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      let data = try Data(contentsOf: URL(filePath: "\(folder.path)/\(words[1])/out/\(words[2])"))
      results[Int(words[1])!][words[2]] = Tensor(
        shape: words[3...].map { Int($0)! },
        values: data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    }
    return results
  }

  private static let script = """
    from sys import argv; from os import mkdir; import numpy, onnx, onnxruntime
    onnxruntime.set_default_logger_severity(3)
    folder, count = argv[1], int(argv[2])
    for number in range(count):
        here = f"{folder}/{number}"
        model = onnx.load(f"{here}/model.onnx")
        onnx.checker.check_model(model, full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            f"{here}/model.onnx", options, providers=["CPUExecutionProvider"])
        feeds = {}
        for value in session.get_inputs():
            shape = [int(n) for n in open(f"{here}/shapes/{value.name}").read().split()]
            feeds[value.name] = numpy.fromfile(f"{here}/in/{value.name}", "<f4").reshape(shape)
            for known, n in zip(value.shape, shape):
                assert known == n or isinstance(known, str), (value.name, value.shape, shape)
        mkdir(f"{here}/out")
        names = [value.name for value in session.get_outputs()]
        for value, found in zip(session.get_outputs(), session.run(names, feeds)):
            assert len(value.shape) == found.ndim, (value.name, value.shape, found.shape)
            for known, n in zip(value.shape, found.shape):
                assert known == n or isinstance(known, str), (value.name, value.shape, found.shape)
            found.astype("<f4").tofile(f"{here}/out/{value.name}")
            print("output", number, value.name, *found.shape)
    """
}
