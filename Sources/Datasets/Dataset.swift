// Labelled images, and a data set's three splits.

/// A data set, split into images to train on, to choose by, and to report on.
public struct Dataset: Sendable {
  /// One of ``DatasetCatalog/names``, or a file's name.
  public let name: String
  public let training: LabeledImages
  public let validation: LabeledImages
  public let test: LabeledImages
  /// The folder or file it was read from, or `drawn by the program`.
  public let location: String
  public let names: DataNames

  public init(
    name: String, training: LabeledImages, validation: LabeledImages, test: LabeledImages,
    location: String, names: DataNames = DataNames()
  ) {
    self.names = names
    self.name = name
    self.training = training
    self.validation = validation
    self.test = test
    self.location = location
  }

  /// The same set, each channel, and each number to predict, normalized by the training images' mean and standard deviation.
  public func normalizedByChannel() -> Dataset {
    normalized(
      by: ChannelNormalization(of: training),
      targets: training.targets.map { ChannelNormalization(of: $0) })
  }

  /// The same set, normalized as given.
  public func normalized(by inputs: ChannelNormalization, targets: ChannelNormalization?) -> Dataset
  {
    Dataset(
      name: name, training: training.normalized(by: inputs, targets: targets),
      validation: validation.normalized(by: inputs, targets: targets),
      test: test.normalized(by: inputs, targets: targets), location: location, names: names)
  }
}
