// --split

import ArgumentParser
import Datasets

/// Which images networks are measured on.
enum Split: String, ExpressibleByArgument, CaseIterable {
  case validation, test

  /// This split of a data set, which must not be empty.
  func images(of data: Dataset) throws -> LabeledImages {
    let images = self == .test ? data.test : data.validation
    guard images.count > 0 else {
      throw BadRequest(
        description:
          self == .validation
          ? "--split validation: \(data.name) has no validation images (data.validationCount of the "
            + "checkpoint's configuration is 0); take --split test"
          : "--split test: \(data.name) has no test images; take --split validation")
    }
    return images
  }
}
