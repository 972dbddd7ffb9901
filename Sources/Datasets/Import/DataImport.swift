// Making a data file of one's own from NumPy's arrays or from a table.

import Checkpointing
import Files
import Numerics

/// What is asked of an import, and what it found.
public struct DataImport: Sendable {
  /// Columns or arrays of numbers to predict.
  public var targets: [String] = []
  /// The column or array of classes.
  public var label: String?
  /// Columns of numbers that are names.
  public var categories: [String] = []
  /// Fractions of the rows that are set aside where the source has no such splits.
  public var testFraction = 0.2
  public var validationFraction = 0.0
  public var seed: UInt64 = 0
  /// Whether images are (count, row, column, channel).
  public var channelsLast = false

  public init() {}

  /// Reads `source`, whose name ends in .npz or .csv (.tsv, .txt; gzipped or not), and writes the data file `output`, which
  /// appears when it is whole. Returns a line for each thing that was decided. For one process.
  public func run(_ source: String, output: String) throws -> [String] {
    let partial = PartialFile(for: output)
    do {
      let writer = try ArrayFileWriter(partial.path)
      let notes =
        source.hasSuffix(".npz")
        ? try NumPyImport(self, source, writer).run() : try TableImport(self, source, writer).run()
      try writer.close()
      // What would be refused in a training is refused now.
      _ = try DataFile.check(partial.path)
      try partial.publish()
      return notes
    } catch let error as DatasetError {
      partial.discard()
      throw error.replacing(partial.path, by: output)
    } catch {
      partial.discard()
      throw error
    }
  }

  /// Which split each of `count` rows goes to.
  func assignment(of count: Int, path: String) throws(DatasetError) -> RowAssignment {
    let wanted = [("test", testFraction), ("validation", validationFraction)].map {
      name, fraction in
      (name: name, count: Int((fraction * Double(count)).rounded()))
    }.filter { $0.count > 0 }
    guard wanted.reduce(0, { $0 + $1.count }) < count else {
      throw .malformed(path: path, problem: "has \(count) rows, which leave none to train on")
    }
    return RowAssignment(count: count, others: wanted, seed: seed)
  }
}
