// Data sets that the program draws.

/// A data set that needs no file: each image is a function of its split and number alone, the same on every machine and every rank.
protocol DrawnDataset {
  /// Images `range` of a split.
  static func images(of description: DatasetDescription, _ split: DrawnSplit, _ range: Range<Int>)
    -> LabeledImages
}

extension DrawnDataset {
  static var location: String { "drawn by the program" }

  /// Draws the set; its first `validationCount` training images are for validation.
  static func draw(_ description: DatasetDescription, validationCount: Int) -> Dataset {
    Dataset(
      name: description.name,
      training: images(
        of: description, .training, validationCount..<description.trainingCount),
      validation: images(of: description, .training, 0..<validationCount),
      test: images(of: description, .test, 0..<description.testCount), location: location)
  }
}
