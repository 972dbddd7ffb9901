// The data set a configuration asks for.

import Datasets

extension Configuration.Data {
  /// Reads the set, splits it and normalizes it. Local.
  public func load(dataDirectory: String?) throws(DatasetError) -> Dataset {
    let set = try DatasetCatalog.load(
      name: name, dataDirectory: dataDirectory, validationCount: validationCount)
    return normalize == .channel ? set.normalizedByChannel() : set
  }
}
