// The data set a configuration asks for.

import Datasets
import Numerics

extension Configuration.Data {
  public var isFile: Bool { name == DataFile.name }

  /// The set's name, or its file's.
  public var title: String {
    isFile ? path.split(separator: "/").last.map(String.init) ?? path : name
  }

  /// What is known of the set before its images are read; a file is looked for, and its shapes are read. Local.
  public func describe(dataDirectory: String? = nil) throws(DatasetError) -> DatasetDescription {
    isFile
      ? try DataFile.describe(path, dataDirectory: dataDirectory)
      : try DatasetCatalog.describe(name: name)
  }

  /// The files of the set that ``load(dataDirectory:kept:)`` would read; none where it is not found.
  public func files(dataDirectory: String?) -> [String] {
    isFile
      ? DataFile.paths(path, dataDirectory: dataDirectory)
      : DatasetCatalog.paths(name: name, dataDirectory: dataDirectory)
  }

  /// What inputs are and what is asked of them: of a file as the configuration has it, so that networks can be used without
  /// the file. Local.
  public func geometry() throws(DatasetError) -> (shape: ImageShape, answers: Answers.Kind) {
    if let known { return known }
    let set = try describe()
    return (set.shape, set.answers)
  }

  /// That of a file, where the configuration has it.
  private var known: (shape: ImageShape, answers: Answers.Kind)? {
    guard isFile, inputs.count == 1 || inputs.count == 3, classes > 0 || targets > 0 else {
      return nil
    }
    return (
      inputs.count == 1
        ? ImageShape(channels: inputs[0], height: 1, width: 1)
        : ImageShape(channels: inputs[0], height: inputs[1], width: inputs[2]),
      classes > 0 ? .labels(classCount: classes) : .targets(count: targets)
    )
  }

  /// Takes what a file says of itself, where the configuration does not.
  mutating func complete() throws(DatasetError) {
    guard isFile, known == nil else { return }
    let set = try describe()
    inputs =
      set.shape.height == 1 && set.shape.width == 1
      ? [set.shape.channels] : [set.shape.channels, set.shape.height, set.shape.width]
    switch set.answers {
    case .labels(let count): (classes, targets) = (count, 0)
    case .targets(let count): (classes, targets) = (0, count)
    }
  }

  /// Reads the set, splits it and normalizes it, as `kept` says where networks were trained on it before. Local.
  public func load(dataDirectory: String?, kept: DataSummary? = nil) throws(DatasetError) -> Dataset
  {
    let set =
      isFile
      ? try DataFile.load(path, dataDirectory: dataDirectory, validationCount: validationCount)
      : try DatasetCatalog.load(
        name: name, dataDirectory: dataDirectory, validationCount: validationCount)
    if let known, known.shape != set.training.shape || known.answers != set.training.answers.kind {
      throw .otherShape(
        path: set.location,
        found: "inputs of \(set.training.shape) and \(set.training.answers.kind.text)",
        expected: "\(known.shape) and \(known.answers.text)")
    }
    guard normalize == .channel else { return set }
    guard let kept, let inputs = kept.inputNormalization,
      inputs.means.count == set.training.shape.channels
    else { return set.normalizedByChannel() }
    return set.normalized(by: inputs, targets: kept.targetNormalization)
  }
}
