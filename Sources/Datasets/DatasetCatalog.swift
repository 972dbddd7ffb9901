// The data sets the program knows, by name.

import Numerics

public enum DatasetCatalog {
  package static let descriptions: [DatasetDescription] = [
    .mnist, .cifar10, .cifar100, .glyphs, .curve,
  ]

  /// Names to ask for, in the order they are listed.
  public static let names: [String] = descriptions.map(\.name)

  /// What is known of a data set without reading it.
  public static func describe(name: String) throws(DatasetError) -> DatasetDescription {
    guard let description = descriptions.first(where: { $0.name == name }) else {
      throw .unknownName(name)
    }
    return description
  }

  /// Reads a data set, `validationCount` of its training images set aside for validation: the first
  /// ones of MNIST (as TensorFlow's reader does), of glyphs and of curve, the last ones of CIFAR.
  ///
  /// Every file's sizes and labels are checked; MNIST must also have its published digest, so it is
  /// the same everywhere (CIFAR is in use in other encodings: ``verify(name:dataDirectory:)`` tells).
  /// Local: every rank reads for itself; CIFAR's files are mapped, so a machine holds one copy.
  public static func load(
    name: String, dataDirectory: String?, validationCount: Int
  ) throws(DatasetError) -> Dataset {
    try load(
      name: name, folders: DataFolders(dataDirectory: dataDirectory),
      validationCount: validationCount)
  }

  package static func load(
    name: String, folders: DataFolders, validationCount: Int
  ) throws(DatasetError) -> Dataset {
    let description = try describe(name: name)
    let trainingCount = description.trainingCount
    guard validationCount >= 0, validationCount < trainingCount else {
      throw .badSplit(
        name: name, validationCount: validationCount, trainingCount: trainingCount)
    }
    guard let files = description.files else {
      return name == DatasetDescription.curve.name
        ? CurveDataset.draw(description, validationCount: validationCount)
        : GlyphDataset.draw(description, validationCount: validationCount)
    }
    let found = try folders.find(files, of: name)
    switch files.format {
    case .idx:
      return try loadIDX(description, files, found, validationCount: validationCount)
    case .records(let labelBytes):
      return try loadRecords(
        description, found, validationCount: validationCount, labelByteCount: labelBytes)
    }
  }

  private static func loadIDX(
    _ description: DatasetDescription, _ files: DatasetFiles, _ found: DataFolders.Found,
    validationCount: Int
  ) throws(DatasetError) -> Dataset {
    func requirePublished(_ digest: String, file: Int) throws(DatasetError) {
      let published = files.files[file].digest
      guard digest == published else {
        throw .unpublished(
          path: found.paths[file], digest: digest, published: published, name: description.name)
      }
    }
    /// One LabeledImages for each of `counts`, from an image file and the label file behind it.
    func read(file: Int, counts: [Int]) throws(DatasetError) -> [LabeledImages] {
      let labels = try IDXFile.readLabels(
        path: found.paths[file + 1], classCount: description.outputCount, counts: counts)
      try requirePublished(labels.digest, file: file + 1)
      let images = try IDXFile.readImages(
        path: found.paths[file], shape: description.shape, counts: counts)
      try requirePublished(images.digest, file: file)
      return zip(images.parts, labels.parts).map { pixels, labels in
        LabeledImages(
          shape: description.shape, classCount: description.outputCount, pixels: pixels,
          labels: labels.map(ClassLabel.init))
      }
    }
    let test = try read(file: 2, counts: [description.testCount])
    let training = try read(
      file: 0, counts: [validationCount, description.trainingCount - validationCount])
    return Dataset(
      name: description.name, training: training[1], validation: training[0], test: test[0],
      location: found.folder)
  }

  private static func loadRecords(
    _ description: DatasetDescription, _ found: DataFolders.Found, validationCount: Int,
    labelByteCount: Int
  ) throws(DatasetError) -> Dataset {
    func map(_ paths: ArraySlice<String>, recordCount: Int) throws(DatasetError) -> MappedRecords {
      try MappedRecords(
        paths: Array(paths), recordsPerFile: recordCount / paths.count, shape: description.shape,
        labelByteCount: labelByteCount, classCount: description.outputCount)
    }
    func images(_ files: MappedRecords, _ range: Range<Int>) -> LabeledImages {
      LabeledImages(
        shape: description.shape, classCount: description.outputCount, files: files, range: range)
    }
    let count = description.trainingCount
    let training = try map(found.paths.dropLast(), recordCount: count)
    let test = try map(found.paths.suffix(1), recordCount: description.testCount)
    return Dataset(
      name: description.name, training: images(training, 0..<count - validationCount),
      validation: images(training, count - validationCount..<count),
      test: images(test, 0..<description.testCount), location: found.folder)
  }
}
