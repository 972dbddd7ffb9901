// The name of a data set as a setting's value.

import Datasets

extension ValueFormat where Value == String {
  /// One of the names that ``DatasetCatalog`` knows, or that of a file of one's own.
  static var dataSetName: ValueFormat {
    let names = DatasetCatalog.names + [DataFile.name]
    return .scalar(
      names.joined(separator: ", "), write: { $0 }, parse: { names.contains($0) ? $0 : nil })
  }
}
