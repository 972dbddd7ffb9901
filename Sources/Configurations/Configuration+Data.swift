// The data set a configuration asks for.

import Datasets

extension Configuration.Data {
  /// What is known of the set before its images are read; a file is looked for, and its shapes are read. Local.
  public func describe(dataDirectory: String? = nil) throws(DatasetError) -> DatasetDescription {
    name == DataFile.name
      ? try DataFile.describe(path, dataDirectory: dataDirectory)
      : try DatasetCatalog.describe(name: name)
  }

  /// Reads the set, splits it and normalizes it. Local.
  public func load(dataDirectory: String?) throws(DatasetError) -> Dataset {
    let set =
      name == DataFile.name
      ? try DataFile.load(path, dataDirectory: dataDirectory, validationCount: validationCount)
      : try DatasetCatalog.load(
        name: name, dataDirectory: dataDirectory, validationCount: validationCount)
    return normalize == .channel ? set.normalizedByChannel() : set
  }
}
