// What each data set is: geometry, files, published digests and where to get it.

import Numerics

/// What is known of a data set before any of its files is read.
public struct DatasetDescription: Sendable {
  public let name: String
  /// One line for people.
  public let summary: String
  public let shape: ImageShape
  /// What is asked of an image.
  public let answers: Answers.Kind
  /// Images of the training files, of which the validation images are taken.
  public let trainingCount: Int
  public let testCount: Int
  public let defaultValidationCount: Int
  /// Validation images that the set has beside the training images; nil: they are taken of these.
  public var ownValidationCount: Int? = nil

  /// How its files are laid out; nil where the program draws the set.
  let files: DatasetFiles?

  /// Classes, or numbers to predict: outputs of a network that has one for each.
  public var outputCount: Int { answers.outputCount }

  /// Of `trainingCount`, those set aside where `asked` are to be.
  public func validationCount(_ asked: Int) -> Int { ownValidationCount == nil ? asked : 0 }
}

extension DatasetDescription {
  /// The handwritten digits of LeCun, Cortes and Burges.
  static let mnist = DatasetDescription(
    name: "mnist", summary: "handwritten digits, 28x28 grey, 60,000 + 10,000, 10 classes",
    shape: ImageShape(channels: 1, height: 28, width: 28), answers: .labels(classCount: 10),
    trainingCount: 60_000, testCount: 10_000, defaultValidationCount: 5_000,
    files: DatasetFiles(
      folder: "mnist",
      files: [
        .init(
          name: "train-images-idx3-ubyte",
          digest: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        .init(
          name: "train-labels-idx1-ubyte",
          digest: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        .init(
          name: "t10k-images-idx3-ubyte",
          digest: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        .init(
          name: "t10k-labels-idx1-ubyte",
          digest: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
      ],
      mayBeGzipped: true, format: .idx,
      download: .gzippedFiles(mirrors: [
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
      ])))

  /// Krizhevsky's small pictures, 10 classes, binary version.
  static let cifar10 = DatasetDescription(
    name: "cifar10", summary: "small pictures, 32x32 colour, 50,000 + 10,000, 10 classes",
    shape: ImageShape(channels: 3, height: 32, width: 32), answers: .labels(classCount: 10),
    trainingCount: 50_000, testCount: 10_000, defaultValidationCount: 5_000,
    files: DatasetFiles(
      folder: "cifar-10-batches-bin",
      files: [
        .init(
          name: "data_batch_1.bin",
          digest: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        .init(
          name: "data_batch_2.bin",
          digest: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        .init(
          name: "data_batch_3.bin",
          digest: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        .init(
          name: "data_batch_4.bin",
          digest: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        .init(
          name: "data_batch_5.bin",
          digest: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        .init(
          name: "test_batch.bin",
          digest: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
      ],
      mayBeGzipped: false, format: .records(labelBytes: 1),
      download: .archive(
        name: "cifar-10-binary.tar.gz",
        digest: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        mirrors: ["https://www.cs.toronto.edu/~kriz", "https://cave.cs.toronto.edu/kriz"])))

  /// The same with 100 classes; the fine labels are used.
  static let cifar100 = DatasetDescription(
    name: "cifar100", summary: "small pictures, 32x32 colour, 50,000 + 10,000, 100 classes",
    shape: ImageShape(channels: 3, height: 32, width: 32), answers: .labels(classCount: 100),
    trainingCount: 50_000, testCount: 10_000, defaultValidationCount: 5_000,
    files: DatasetFiles(
      folder: "cifar-100-binary",
      files: [
        .init(
          name: "train.bin",
          digest: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
        .init(
          name: "test.bin",
          digest: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
      ],
      mayBeGzipped: false, format: .records(labelBytes: 2),
      download: .archive(
        name: "cifar-100-binary.tar.gz",
        digest: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        mirrors: ["https://www.cs.toronto.edu/~kriz", "https://cave.cs.toronto.edu/kriz"])))

  /// Points of a curve with noise and a gap, for a first regression without a download.
  static let curve = DatasetDescription(
    name: "curve",
    summary: "points of a curve with a gap, 60 + 200, 1 number to predict, no download",
    shape: ImageShape(channels: 1, height: 1, width: 1), answers: .targets(count: 1),
    trainingCount: 60, testCount: 200, defaultValidationCount: 20, files: nil)

  /// Digits drawn by the program, for a first run without a download.
  static let glyphs = DatasetDescription(
    name: "glyphs", summary: "drawn digits, 28x28 grey, 10,000 + 2,000, 10 classes, no download",
    shape: ImageShape(channels: 1, height: 28, width: 28), answers: .labels(classCount: 10),
    trainingCount: 10_000, testCount: 2_000, defaultValidationCount: 1_000, files: nil)
}
