// Data files made of NumPy's arrays and of tables.

import Numerics
import TestSupport
import Testing

@testable import Datasets

@Suite struct DataImportTests {
  private let folder = TestFolder()

  private func load(_ path: String) throws -> Dataset {
    try DataFile.load(path, dataDirectory: nil, validationCount: 0)
  }

  private func copy(_ images: LabeledImages, _ index: Int) -> [Float] {
    let values = AlignedBuffer<Float>(count: images.shape.count)
    images.copyImage(index, into: values.view)
    return values.view.array
  }

  @Test(arguments: ["savez", "savez_compressed"]) func arraysOfNumPy(function: String) throws {
    let (source, output) = ("\(folder.path)/a.npz", "\(folder.path)/a.h5")
    let script = """
      from sys import argv; import numpy, sys
      x = (numpy.arange(90 * 4 * 5 * 3) * 7 % 256).reshape(90, 4, 5, 3).astype("uint8")
      numpy.\(function)(sys.argv[1], x_train=x[:60], y_train=numpy.arange(60) % 7,
          x_test=x[60:], y_test=numpy.arange(30).astype("int8") % 7)
      """
    _ = try Python.output(of: script, [source], modules: ["numpy"])
    var plan = DataImport()
    plan.channelsLast = true
    let notes = try plan.run(source, output: output)
    #expect(notes.count == 2 && notes[0].hasPrefix("train: 60 rows"))
    let set = try load(output)
    #expect(set.training.shape == ImageShape(channels: 3, height: 4, width: 5))
    #expect(set.training.count == 60 && set.test.count == 30 && set.training.classCount == 7)
    #expect(set.test.labels[8] == 1)
    for (images, first) in [(set.training, 0), (set.test, 60)] {
      for index in [0, 29] {
        let expected = (0..<60).map { place -> Float in
          let (channel, pixel) = place.quotientAndRemainder(dividingBy: 20)
          return Float((((first + index) * 20 + pixel) * 3 + channel) * 7 % 256) / 255
        }
        #expect(copy(images, index) == expected)
      }
    }
  }

  @Test func numbersToPredictOfNumPy() throws {
    let (source, output) = ("\(folder.path)/b.npz", "\(folder.path)/b.h5")
    let script = """
      from sys import argv; import numpy, sys
      numpy.savez(sys.argv[1], X=numpy.arange(50 * 3).reshape(50, 3), y=numpy.arange(50) * 0.5)
      """
    _ = try Python.output(of: script, [source], modules: ["numpy"])
    _ = try DataImport().run(source, output: output)
    let set = try load(output)
    #expect(set.training.count == 40 && set.test.count == 10)
    let rows = [set.training, set.test].flatMap { part in
      (0..<part.count).map { (copy(part, $0), part.targets!.value($0, 0)) }
    }
    for (row, target) in rows { #expect(row == [6 * target, 6 * target + 1, 6 * target + 2]) }
    #expect(Set(rows.map(\.1)).count == 50)
    // Not the last rows: they may be of one kind.
    #expect((0..<10).contains { set.test.targets!.value($0, 0) < 20 })
  }

  @Test func faultsOfArraysAreNamed() throws {
    func expect(
      _ problem: String, _ arrays: String, sourceLocation: SourceLocation = #_sourceLocation
    )
      throws
    {
      let source = "\(folder.path)/c.npz"
      let script = "import numpy, sys\nx = numpy.ones((9, 4))\nnumpy.savez(sys.argv[1], \(arrays))"
      _ = try Python.output(of: script, [source], modules: ["numpy"])
      var found = ""
      do { _ = try DataImport().run(source, output: "\(folder.path)/c.h5") } catch {
        found = "\(error)"
      }
      #expect(found == "\(source): \(problem)", sourceLocation: sourceLocation)
      #expect(!folder.names().contains { $0.hasPrefix("c.h5") }, sourceLocation: sourceLocation)
    }
    try expect("has no labels and no targets of train beside x.npy", "x=x")
    try expect("x.npy has 9 rows and y.npy 8", "x=x, y=numpy.ones(8)")
    try expect(
      "x, row 6, number 2 of it is nan as a 32-bit number",
      "x=numpy.where(numpy.arange(36).reshape(9, 4) == 26, numpy.nan, x), y=numpy.ones(9)")
    try expect(
      "x.npy has numbers of type <c16, which cannot be read: save float32, or uint8",
      "x=x * 1j, y=numpy.ones(9)")
    try expect(
      "x has shape [9, 2, 2, 1, 1]: inputs are (count, features), (count, row, column) or (count, channel, row, column)",
      "x=x.reshape(9, 2, 2, 1, 1), y=numpy.ones(9)")
  }

  @Test func tables() throws {
    let source = folder.write(
      "\u{FEFF}age,colour,\"height, cm\",kind\r\n"
        + (0..<20).map {
          "\($0),\($0 % 3 == 0 ? "red" : "blue"),\($0)e-1,\($0 % 2 == 0 ? "\"dog\"" : "cat")\r\n"
        }
        .joined(), to: "t.csv")
    let output = "\(folder.path)/t.h5"
    var plan = DataImport()
    plan.targets = ["kind"]
    plan.testFraction = 0.25
    _ = try plan.run(source, output: output)
    let set = try load(output)
    #expect(set.names.features == ["age", "colour=blue", "colour=red", "height, cm"])
    #expect(set.names.classes == ["cat", "dog"] && set.test.count == 5)
    for part in [set.training, set.test] {
      for index in 0..<part.count {
        let row = copy(part, index)
        let age = Int(row[0])
        #expect(row[1...] == [age % 3 == 0 ? 0 : 1, age % 3 == 0 ? 1 : 0, Float("\(age)e-1")!])
        #expect(part.labels[index] == (age % 2 == 0 ? 1 : 0))
      }
    }
    plan.targets = ["height, cm", "age"]
    _ = try plan.run(source, output: output)
    let other = try load(output)
    #expect(
      other.names.targets == ["height, cm", "age"] && other.training.targets?.outputCount == 2)
    #expect(other.names.features == ["colour=blue", "colour=red", "kind=cat", "kind=dog"])
  }

  @Test func badCellsAreNamed() throws {
    func expect(
      _ problem: String, _ text: String, _ target: String?,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let source = folder.write(text, to: "bad.csv")
      var plan = DataImport()
      plan.targets = target.map { [$0] } ?? []
      var found = ""
      do { _ = try plan.run(source, output: "\(folder.path)/bad.h5") } catch { found = "\(error)" }
      #expect(found == "\(source): \(problem)", sourceLocation: sourceLocation)
      #expect(!folder.names().contains { $0.hasPrefix("bad.h5") }, sourceLocation: sourceLocation)
    }
    let lines = (0..<9).map { "\($0),\($0 % 2)\n" }
    try expect(
      "row 4, column a: 'x' is no number (for a column of names: --category a)",
      "a,b\n" + lines[..<2].joined() + "x,1\n" + lines[2...].joined(), "b")
    try expect(
      "row 3, column b: the cell is empty", "a,b\n1,2\n5,\n" + lines.joined(), "b")
    try expect("row 11 has 3 cells, there are 2 columns", "a,b\n" + lines.joined() + "1,2,3\n", "b")
    try expect("has no column c; its columns are a, b", "a,b\n" + lines.joined(), "c")
    try expect(
      "which columns are to be predicted? --target COLUMN, for each, or --label COLUMN; its columns are a, b",
      "a,b\n" + lines.joined(), nil)
    try expect("has no rows below a line of names of columns", "a,b\n", "b")
    try expect(
      "begins with numbers: its first line must be the columns' names", lines.joined(), "b")
    try expect("has two columns 'a'", "a,a\n" + lines.joined(), "a")
  }
}
