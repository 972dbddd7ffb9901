// Data sets of one's own: what is read, what is set aside, and one line for everything that can be wrong.

import Checkpointing
import Glibc
import Numerics
import TestSupport
import Testing

@testable import Datasets

@Suite struct DataFileTests {
  private let folder = TestFolder()

  /// Arrays of a file by name; numbers are functions of their places.
  private struct Content {
    var floats: [String: (shape: [Int], values: [Float])] = [:]
    var bytes: [String: (shape: [Int], values: [UInt8])] = [:]
    var labels: [String: [Int64]] = [:]
    var names: [String: [String]] = [:]

    /// Rows of five features of three classes.
    static func features(_ count: Int = 24) -> Content {
      var content = Content()
      content.floats["train/inputs"] = (
        [count, 5],
        (0..<5 * count).map { (place: Int) -> Float in
          let column = Float(place % 5)
          return Float(place % 151) * 0.25 + 100 * column
        }
      )
      content.labels["train/labels"] = (0..<count).map { Int64($0 % 3) }
      return content
    }
  }

  private func write(_ content: Content, _ name: String = "data.h5") throws -> String {
    let path = "\(folder.path)/\(name)"
    let writer = try ArrayFileWriter(path)
    for (name, array) in content.floats { try writer.write(name, shape: array.shape, array.values) }
    for (name, array) in content.bytes { try writer.write(name, shape: array.shape, array.values) }
    for (name, labels) in content.labels { try writer.write(name, shape: [labels.count], labels) }
    for (name, texts) in content.names { try writer.write(name, texts: texts) }
    try writer.close()
    return path
  }

  private func copy(_ images: LabeledImages, _ index: Int) -> [Float] {
    let values = AlignedBuffer<Float>(count: images.shape.count)
    images.copyImage(index, into: values.view)
    return values.view.array
  }

  @Test func splitsAreThoseOfTheFile() throws {
    var content = Content()
    let bytes = (0..<120).map { (place: Int) -> UInt8 in UInt8(place * 7 % 256) }
    content.bytes["train/inputs"] = ([4, 3, 2, 5], bytes)
    content.bytes["test/inputs"] = ([2, 3, 2, 5], Array(bytes.reversed().prefix(60)))
    content.bytes["validation/inputs"] = ([1, 3, 2, 5], Array(bytes[7..<37]))
    content.labels = [
      "train/labels": [0, 6, 2, 1], "test/labels": [6, 3], "validation/labels": [5],
    ]
    content.names = [
      "class_names": ["a", "b", "c", "d", "e", "f", "göß"], "feature_names": ["r", "g", "b"],
    ]
    let path = try write(content)
    let set = try DataFile.load(path, dataDirectory: nil, validationCount: 3)
    #expect(set.training.shape == ImageShape(channels: 3, height: 2, width: 5))
    #expect(set.training.labels == [0, 6, 2, 1] && set.training.classCount == 7)
    #expect(set.validation.labels == [5] && set.test.labels == [6, 3])
    #expect(copy(set.training, 3) == bytes[90...].map { Float($0) / 255 })
    #expect(copy(set.validation, 0) == bytes[7..<37].map { Float($0) / 255 })
    #expect(set.names.classes.last == "göß" && set.names.features == ["r", "g", "b"])
    let known = try DataFile.describe(path, dataDirectory: nil)
    #expect(known.answers == .labels(classCount: 7) && known.trainingCount == 4)
    #expect(known.ownValidationCount == 1 && known.testCount == 2)
  }

  /// Each row is in one of the splits; which ones does not depend on how many were asked for before, but on their number.
  @Test func validationRowsAreDrawnFromTraining() throws {
    let path = try write(.features(30))
    let set = try DataFile.load(path, dataDirectory: nil, validationCount: 9)
    #expect(set.validation.count == 9 && set.training.count == 21 && set.test.count == 0)
    let all = try DataFile.load(path, dataDirectory: nil, validationCount: 0)
    #expect(all.validation.count == 0)
    let rows = (0..<30).map { copy(all.training, $0) }
    let parts = [set.validation, set.training].flatMap { part in
      (0..<part.count).map { index in
        (row: copy(part, index), label: part.labels[index])
      }
    }
    #expect(Set(parts.map(\.row)) == Set(rows) && Set(rows).count == 30)
    for part in parts { #expect(part.label == all.training.labels[rows.firstIndex(of: part.row)!]) }
    // Sorted files have all classes in both.
    #expect(Set(set.validation.labels).count == 3)
    #expect(
      (0..<9).contains {
        copy(set.validation, $0) != rows[$0] && copy(set.validation, $0) != rows[21 + $0]
      })
    #expect(throws: DatasetError.self) {
      try DataFile.load(path, dataDirectory: nil, validationCount: 30)
    }
  }

  @Test func featuresAndTargetsAreNormalizedByTrainingRowsAlone() throws {
    var content = Content()
    let values = (0..<40).map { (place: Int) -> Float in
      let unit: Float = place % 2 == 0 ? 1000 : 0.001
      return Float(place * 37 % 41) * unit + 5
    }
    content.floats["train/inputs"] = ([20, 2], values)
    content.floats["train/targets"] = ([20, 1], (0..<20).map { 3 * Float($0) - 7 })
    content.floats["test/inputs"] = ([1, 2], [1e6, -1e6])
    content.floats["test/targets"] = ([1, 1], [1e6])
    content.names["target_names"] = ["y"]
    let path = try write(content)
    let set = try DataFile.load(path, dataDirectory: nil, validationCount: 4).normalizedByChannel()
    #expect(set.names.targets == ["y"] && set.training.targets?.outputCount == 1)
    for feature in 0..<2 {
      let column = (0..<16).map { Double(copy(set.training, $0)[feature]) }
      let mean = column.reduce(0, +) / 16
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 16
      #expect(abs(mean) < 1e-4 && abs(variance - 1) < 1e-4)
    }
    let targets = try #require(set.training.targets)
    let normalization = try #require(targets.normalization)
    let copied = AlignedBuffer<Float>(count: 1)
    let normalized = (0..<16).map { index -> Double in
      targets.copy(index, into: copied.view)
      #expect(
        abs(
          copied[0] * normalization.deviations[0] + normalization.means[0] - targets.value(index, 0)
        )
          < 1e-4)
      return Double(copied[0])
    }
    #expect(abs(normalized.reduce(0, +)) < 1e-4)
    #expect(abs(normalized.reduce(0) { $0 + $1 * $1 } / 16 - 1) < 1e-4)
    #expect(set.test.normalization == set.training.normalization)
    #expect(set.test.targets?.normalization == normalization)
    // And survive being kept with networks.
    let summary = DataSummary(of: set)
    #expect(DataSummary(text: summary.text) == summary)
    #expect(summary.targetNormalization == normalization && !summary.hasBytes)
  }

  /// Whatever Python's library writes: in chunks, compressed, other whole numbers, texts of fixed length.
  @Test func filesOfPythonAreRead() throws {
    let path = "\(folder.path)/python.h5"
    let script = """
      from sys import argv; import h5py, numpy, sys
      x = numpy.arange(2 * 300 * 4, dtype="float32").reshape(600, 4)
      with h5py.File(sys.argv[1], "w") as f:
          f.create_dataset("train/inputs", data=x, chunks=(7, 4), compression="gzip")
          f["train/labels"] = (numpy.arange(600) % 5).astype(">i2")
          f["test/inputs"] = x[:10]
          f["test/labels"] = numpy.arange(10, dtype="uint8") % 5
          f.attrs["class_names"] = numpy.array(["a", "bb", "c", "d", "e"], dtype="S2")
          f.attrs["feature_names"] = ["one", "two", "three", "four"]
      """
    _ = try Python.output(of: script, [path])
    let cache = "\(folder.path)/cache"
    setenv("XDG_CACHE_HOME", cache, 1)
    defer { unsetenv("XDG_CACHE_HOME") }
    var made = 0
    for pass in 0..<2 {
      let set = try DataFile.load(path, dataDirectory: nil, validationCount: 0)
      #expect(set.training.classCount == 5 && set.training.labels[7] == 2)
      for row in [0, 6, 7, 599] {
        #expect(copy(set.training, row) == (0..<4).map { Float(4 * row + $0) })
      }
      #expect(copy(set.test, 9) == [36, 37, 38, 39])
      #expect(set.names.classes == ["a", "bb", "c", "d", "e"] && set.names.features[2] == "three")
      if pass == 0 {
        made = folder.names(in: "cache/hyperdist/unpacked").count { !$0.hasSuffix(".lock") }
      }
    }
    // Copies are made once.
    let copies = folder.names(in: "cache/hyperdist/unpacked").filter { !$0.hasSuffix(".lock") }
    #expect(copies.count == made && (1...2).contains(made))
  }

  @Test func everyFaultIsOneLine() throws {
    func expect(
      _ problem: String, sourceLocation: SourceLocation = #_sourceLocation,
      _ change: (inout Content) -> Void
    ) throws {
      var content = Content.features()
      change(&content)
      let path = try write(content)
      var found = ""
      do {
        _ = try DataFile.load(path, dataDirectory: nil, validationCount: 2)
      } catch {
        found = error.description
      }
      #expect(found == "\(path): \(problem)", sourceLocation: sourceLocation)
    }
    let inputs = Content.features().floats["train/inputs"]!
    try expect(
      "has no train/inputs, (count, channel, row, column) or (count, features)"
    ) {
      $0.floats = [:]
      $0.labels = [:]
    }
    try expect("has train/labels and no train/inputs") { $0.floats = [:] }
    try expect("has train/inputs and neither train/labels nor train/targets") { $0.labels = [:] }
    try expect("has train/labels and train/targets: keep the one that is to be predicted") {
      $0.floats["train/targets"] = inputs
    }
    try expect(
      "train/inputs has shape [24, 1, 5]: inputs are (count, channel, row, column) or (count, features)"
    ) { $0.floats["train/inputs"]!.shape = [24, 1, 5] }
    try expect("train/inputs is empty: its shape is [0, 5]") {
      $0.floats["train/inputs"] = ([0, 5], [])
      $0.labels["train/labels"] = []
    }
    try expect("train/inputs has 24 rows and train/labels 23") {
      $0.labels["train/labels"]!.removeLast()
    }
    try expect("train/inputs[7, 3] is nan, which is no number to learn from") {
      $0.floats["train/inputs"]!.values[38] = .nan
    }
    try expect("test/inputs[1, 0] is -inf, which is no number to learn from") {
      $0.floats["test/inputs"] = ([2, 5], [1, 2, 3, 4, 5, -.infinity, 2, 3, 4, 5])
      $0.labels["test/labels"] = [0, 1]
    }
    try expect("train/targets[3, 1] is inf, which is no number to learn from") {
      $0.labels = [:]
      $0.floats["train/targets"] = ([24, 2], (0..<48).map { $0 == 7 ? .infinity : 1 })
    }
    try expect("all of train/labels are 2: there must be two classes at least") {
      $0.labels["train/labels"] = Array(repeating: 2, count: 24)
    }
    try expect("train/labels[4] is -1: labels are 0, 1, 2 and so on") {
      $0.labels["train/labels"]![4] = -1
    }
    try expect("train/labels[2] is 2: labels are 0 ... 1, one for each of class_names") {
      $0.names["class_names"] = ["a", "b"]
    }
    try expect("train/labels[9] is 5000: at most 4096 classes are possible") {
      $0.labels["train/labels"]![9] = 5000
    }
    try expect("test/labels[1] is 3: labels are 0 ... 2, as those of train/labels are") {
      $0.floats["test/inputs"] = ([2, 5], Array(inputs.values[..<10]))
      $0.labels["test/labels"] = [0, 3]
    }
    try expect(
      "test/inputs has shape [2, 4] and train/inputs [24, 5]: all extents but the first must be the same"
    ) {
      $0.floats["test/inputs"] = ([2, 4], Array(inputs.values[..<8]))
      $0.labels["test/labels"] = [0, 1]
    }
    try expect("validation/inputs are uint8 and train/inputs float32") {
      $0.bytes["validation/inputs"] = ([1, 5], [1, 2, 3, 4, 5])
      $0.labels["validation/labels"] = [0]
    }
    try expect("has test/targets beside train/labels") {
      $0.floats["test/inputs"] = ([2, 5], Array(inputs.values[..<10]))
      $0.floats["test/targets"] = ([2, 1], [1, 2])
    }
    try expect(
      "train/labels are float32: labels are whole numbers (numbers to predict are train/targets, float32)"
    ) {
      $0.labels = [:]
      $0.floats["train/labels"] = ([24], Array(repeating: 1, count: 24))
    }
    try expect("feature_names has 2 names for 5 features or channels") {
      $0.names["feature_names"] = ["a", "b"]
    }
  }

  @Test func whatIsNoDataFileIsToldOf() throws {
    func line(_ path: String) -> String {
      do {
        _ = try DataFile.load(path, dataDirectory: nil, validationCount: 0)
        return ""
      } catch { return error.description }
    }
    let text = folder.write("hello", to: "text.h5")
    #expect(line(text) == "\(text) is not an HDF5 file, or is damaged")
    #expect(line(folder.path) == "\(folder.path) is a folder, not an HDF5 file")
    #expect(
      line("/nowhere/x.h5").hasPrefix("/nowhere/x.h5: there is no such file, neither here nor in "))
    #expect(line("") == "name the HDF5 file of the data set (data.path)")
    let whole = try write(.features(4000))
    truncate(whole, 50_000)
    #expect(line(whole).contains("damaged") || line(whole).contains("truncated"))
  }

  @Test func filesAreFoundInFoldersOfData() throws {
    _ = try write(.features(), "found.h5")
    let set = try DataFile.load(
      "/elsewhere/found.h5", dataDirectory: folder.path, validationCount: 0)
    #expect(set.location == "\(folder.path)/found.h5" && set.name == "found.h5")
  }
}
