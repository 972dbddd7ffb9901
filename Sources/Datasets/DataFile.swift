// A data set of one's own, in an HDF5 file.

import Checkpointing
import Files
import Numerics

/// The data set `file`: `train/inputs`, (count, channel, row, column) or (count, features), bytes or floats, and `train/labels`,
/// (count) whole numbers, or `train/targets`, (count, outputs) floats; the same of `validation` and `test`, which may be
/// missing.
public enum DataFile {
  /// What a configuration calls it.
  public static let name = "file"

  /// What is known of the file at `path` from its shapes, its names and its labels. Local.
  public static func describe(_ path: String, dataDirectory: String?) throws(DatasetError)
    -> DatasetDescription
  {
    try describe(try DataFileLayout(find(path, dataDirectory: dataDirectory)))
  }

  private static func describe(_ layout: DataFileLayout) throws(DatasetError) -> DatasetDescription
  {
    DatasetDescription(
      name: layout.name, summary: "a file of one's own", shape: layout.shape,
      answers: try layout.answers(of: layout.training).kind,
      trainingCount: layout.training.count, testCount: layout.test?.count ?? 0,
      defaultValidationCount: 0, ownValidationCount: layout.validation?.count, files: nil)
  }

  /// Reads the file at `path`, and checks every number of it. Where it has no validation images, `validationCount` of its
  /// training images, drawn once and for all, are set aside for that. Inputs that lie in the file as they are in memory are
  /// mapped. Local.
  public static func load(
    _ path: String, dataDirectory: String?, validationCount: Int
  ) throws(DatasetError) -> Dataset {
    let layout = try DataFileLayout(find(path, dataDirectory: dataDirectory))
    let training = layout.training
    let asked = layout.validation == nil ? validationCount : 0
    guard asked < training.count else {
      throw .badSplit(
        name: layout.name, validationCount: asked, trainingCount: training.count)
    }
    let held = heldOut(asked, of: training.count)
    let reader = try DataFileReader(layout)
    let validation =
      if let own = layout.validation { try reader.images(own) } else {
        try reader.images(training, held.chosen)
      }
    return Dataset(
      name: layout.name, training: try reader.images(training, held.others),
      validation: validation,
      test: try reader.images(layout.test), location: layout.path,
      names: layout.names)
  }

  /// `count` of `total` rows, drawn without regard to their order, and the others; both ascending.
  private static func heldOut(_ count: Int, of total: Int) -> (chosen: RowChoice, others: RowChoice)
  {
    guard count > 0 else {
      return (RowChoice(first: 0, count: 0), RowChoice(first: 0, count: total))
    }
    let random = CounterRandom(seed: 0, purpose: .heldOut)
    var rows = (0..<Int32(total)).map { $0 }
    for place in 0..<count {
      rows.swapAt(place, place + random.integer(place, below: total - place))
    }
    return (
      RowChoice(numbers: rows.prefix(count).sorted()),
      RowChoice(numbers: rows.dropFirst(count).sorted())
    )
  }

  /// The file, if it is found.
  public static func paths(_ path: String, dataDirectory: String?) -> [String] {
    (try? find(path, dataDirectory: dataDirectory)).map { [$0] } ?? []
  }

  /// Where the file is: as `path` says, or under that name, or its last part, in one of the folders of data.
  static func find(_ path: String, dataDirectory: String?) throws(DatasetError) -> String {
    let places = DataFolders(dataDirectory: dataDirectory).places
    guard !path.isEmpty else { throw .noPath }
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let inPlaces = places.flatMap {
      path.hasPrefix("/") ? ["\($0)/\(last)"] : ["\($0)/\(path)", "\($0)/\(last)"]
    }
    guard let found = ([path] + inPlaces).first(where: { FileKind(of: $0) != .missing }) else {
      throw .noFile(path: path, places: places)
    }
    return found
  }
}
