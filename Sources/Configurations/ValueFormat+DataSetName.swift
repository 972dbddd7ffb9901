// The name of a data set as a setting's value.

import Datasets

extension ValueFormat where Value == String {
  /// One of the names that ``DatasetCatalog`` knows.
  static var dataSetName: ValueFormat {
    let names = DatasetCatalog.names
    return .scalar(
      names.joined(separator: ", "), write: { $0 }, parse: { names.contains($0) ? $0 : nil })
  }
}
