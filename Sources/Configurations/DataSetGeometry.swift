// What a configuration must know of a data set to be checked.

import TensorCore

/// The shape of a data set's images and the number of its classes and training images.
public struct DataSetGeometry: Sendable, Equatable {
  public let name: String
  public let image: ImageShape
  public let classCount: Int
  public let trainingCount: Int

  static let all = [
    DataSetGeometry(
      name: "mnist", image: ImageShape(channels: 1, height: 28, width: 28), classCount: 10,
      trainingCount: 60_000),
    DataSetGeometry(
      name: "glyphs", image: ImageShape(channels: 1, height: 28, width: 28), classCount: 10,
      trainingCount: 60_000),
    DataSetGeometry(
      name: "cifar10", image: ImageShape(channels: 3, height: 32, width: 32), classCount: 10,
      trainingCount: 50_000),
    DataSetGeometry(
      name: "cifar100", image: ImageShape(channels: 3, height: 32, width: 32), classCount: 100,
      trainingCount: 50_000),
  ]

  static func named(_ name: String) -> DataSetGeometry? { all.first { $0.name == name } }
}

extension ValueFormat where Value == String {
  /// The name of a data set.
  static var dataSetName: ValueFormat {
    let names = DataSetGeometry.all.map(\.name)
    return .scalar(
      names.joined(separator: ", "), write: { $0 }, parse: { names.contains($0) ? $0 : nil })
  }
}
