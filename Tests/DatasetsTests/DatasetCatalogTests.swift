// Finding, reading and checking the published sets.

import Datasets
import Glibc
import Numerics
import TestSupport
import Testing

@Suite struct DatasetCatalogTests {
  /// Where the published MNIST is, if this machine has it.
  static let mnist = (try? DatasetCatalog.verify(name: "mnist", dataDirectory: nil))

  @Test(.enabled(if: mnist != nil, "MNIST is not on this machine"))
  func realMNIST() throws {
    #expect(Self.mnist?.count == 4)
    #expect(Self.mnist?.allSatisfy { $0.verdict == .published } == true)
    let set = try DatasetCatalog.load(name: "mnist", dataDirectory: nil, validationCount: 5_000)
    #expect(set.training.count == 55_000)
    #expect(set.validation.count == 5_000)
    #expect(set.test.count == 10_000)
    let labels = set.validation.labels + set.training.labels
    #expect(labels.prefix(5) == [5, 0, 4, 1, 9])
    #expect(
      (ClassLabel(0)..<10).map { digit in labels.count { $0 == digit } }
        == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(
      (ClassLabel(0)..<10).map { digit in set.test.labels.count { $0 == digit } }
        == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  }

  @Test func copiedImagesAreBytesOver255() {
    let shape = ImageShape(channels: 1, height: 16, width: 16)
    let bytes = (0..<512).map { UInt8($0 & 255) }
    let images = LabeledImages(shape: shape, classCount: 2, pixels: bytes, labels: [0, 1])
    let values = AlignedBuffer<Float>(count: 256)
    images.copyImage(1, into: values.view)
    for index in 0..<256 { #expect(values[index] == Float(index) / 255) }
  }

  @Test func changesMoveAndMirror() {
    let shape = ImageShape(channels: 2, height: 3, width: 4)
    let bytes = (0..<shape.count).map { UInt8(10 * $0 + 5) }
    let images = LabeledImages(shape: shape, classCount: 1, pixels: bytes, labels: [0])
    let values = AlignedBuffer<Float>(count: shape.count)
    for (dy, dx, mirrored) in [(0, 0, true), (1, -2, false), (-1, 3, true), (5, 0, false)] {
      let change = ImageChange(rowShift: dy, columnShift: dx, isMirrored: mirrored)
      images.copyImage(0, into: values.view, change: change)
      for channel in 0..<2 {
        for row in 0..<3 {
          for column in 0..<4 {
            let (r, c) = (row + dy, (mirrored ? 3 - column : column) + dx)
            let inside = 0..<3 ~= r && 0..<4 ~= c
            let expected = inside ? Float(bytes[(channel * 3 + r) * 4 + c]) / 255 : 0
            #expect(values[(channel * 3 + row) * 4 + column] == expected)
          }
        }
      }
    }
  }

  /// All shifts and reflections come, about equally often, and depend on nothing but the numbers.
  @Test(arguments: [
    (ImageAugmentation.none, 0, 1), (.shift, 2, 1), (.cropFlip, 4, 2),
  ])
  func augmentationsDrawAllChanges(of augmentation: ImageAugmentation, reach: Int, mirrors: Int) {
    var counts: [[Int]: Int] = [:]
    let cells = (2 * reach + 1) * (2 * reach + 1) * mirrors
    for draw in 0..<100 * cells {
      let (sample, position) = (draw / 32, draw % 32)
      let change = augmentation.change(seed: 3, step: 7, sample: sample, position: position)
      let again = augmentation.change(seed: 3, step: 7, sample: sample, position: position)
      #expect(change == again)
      #expect(abs(change.rowShift) <= reach && abs(change.columnShift) <= reach)
      counts[[change.rowShift, change.columnShift, change.isMirrored ? 1 : 0], default: 0] += 1
    }
    #expect(counts.count == cells)
    // 100 expected in each cell; six standard deviations.
    #expect(counts.values.allSatisfy { abs($0 - 100) <= 60 })
  }

  @Test func normalizedChannelsHaveMeanZeroAndVarianceOne() {
    let shape = ImageShape(channels: 2, height: 4, width: 4)
    let random = CounterRandom(seed: 5, purpose: .test)
    let count = 20
    let bytes = (0..<count * shape.count).map { index in
      UInt8(random.integer(index, below: index / 16 % 2 == 0 ? 256 : 40))
    }
    let images = LabeledImages(
      shape: shape, classCount: 1, pixels: bytes, labels: [ClassLabel](repeating: 0, count: count))
    let set = Dataset(name: "x", training: images, validation: images, test: images, location: "")
    let normalized = set.normalizedByChannel()
    let values = AlignedBuffer<Float>(count: shape.count)
    for images in [normalized.training, normalized.test] {
      for channel in 0..<2 {
        var (sum, square) = (0.0, 0.0)
        for index in 0..<count {
          images.copyImage(index, into: values.view)
          for pixel in channel * 16..<channel * 16 + 16 {
            sum += Double(values[pixel])
            square += Double(values[pixel]) * Double(values[pixel])
          }
        }
        #expect(abs(sum / 320) <= 1e-5)
        #expect(abs(square / 320 - 1) <= 1e-5)
      }
    }
  }

  /// A CIFAR-10 folder: image i of a file has label i mod 10 and pixels of value file x 10 + label.
  static func writeCIFAR10(to folder: TestFolder, in name: String) {
    let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
    for (file, fileName) in names.enumerated() {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(30_730_000)
      for image in 0..<10_000 {
        bytes.append(UInt8(image % 10))
        bytes.append(contentsOf: repeatElement(UInt8(file * 10 + image % 10), count: 3072))
      }
      folder.write(bytes, to: "\(name)/\(fileName)")
    }
  }

  @Test func cifar10() throws {
    let folder = TestFolder()
    Self.writeCIFAR10(to: folder, in: "cifar-10-batches-bin")
    let folders = DataFolders(dataDirectory: folder.path) { _ in nil }
    let set = try DatasetCatalog.load(name: "cifar10", folders: folders, validationCount: 15_000)
    #expect(set.location == "\(folder.path)/cifar-10-batches-bin")
    #expect(
      [set.training.count, set.validation.count, set.test.count] == [35_000, 15_000, 10_000])
    #expect(set.training.labels[12_347] == 7)
    #expect(set.training.withBytes(of: 12_347) { $0[3071] } == 17)
    // Image 36,000 of the training files: the 6,000th of the fourth file.
    #expect(set.validation.withBytes(of: 1_004) { $0[0] } == 34)
    #expect(set.test.withBytes(of: 3) { $0[0] } == 53)
    let verdicts = try DatasetCatalog.verify(name: "cifar10", folders: folders)
    #expect(verdicts.count == 6)
    for file in verdicts {
      guard case .different = file.verdict else {
        Issue.record("\(file.path) is \(file.verdict)")
        continue
      }
    }
    folder.write([UInt8](repeating: 0, count: 3073 * 2), to: "cifar-10-batches-bin/test_batch.bin")
    let error = #expect(throws: DatasetError.self) {
      try DatasetCatalog.load(name: "cifar10", folders: folders, validationCount: 0)
    }
    #expect(
      error?.description.hasSuffix(
        "test_batch.bin: has 6146 bytes, should have 30730000 (10000 records of 3073)") == true)
  }

  @Test func searchOrder() {
    let variables = ["HYPERDIST_DATA": "/b", "HOME": "/h", "XDG_CACHE_HOME": ""]
    #expect(
      DataFolders(dataDirectory: "/a") { variables[$0] }.places
        == ["/a", "/b", "data", "/h/.cache/hyperdist"])
    let caches = ["XDG_CACHE_HOME": "/c", "HOME": "/h"]
    #expect(DataFolders(dataDirectory: nil) { caches[$0] }.places == ["data", "/c/hyperdist"])
  }

  static let mnistNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]

  @Test func firstCompleteFolderIsTaken() {
    let (first, second) = (TestFolder(), TestFolder())
    for name in Self.mnistNames {
      second.write([], to: "mnist/\(name).gz")
      if name.hasPrefix("train") { first.write([], to: name) }
    }
    let folders = DataFolders(dataDirectory: first.path) {
      $0 == "HYPERDIST_DATA" ? second.path : nil
    }
    func place() -> String? {
      DatasetCatalog.list(folders: folders).first { $0.name == "mnist" }?.location
    }
    #expect(place() == "\(second.path)/mnist")
    for name in Self.mnistNames { first.write([], to: name) }
    #expect(place() == first.path)
  }

  @Test func missingDataNamesPlacesAndCommand() {
    let folder = TestFolder()
    folder.write([], to: "mnist/train-images-idx3-ubyte")
    let error = #expect(throws: DatasetError.self) {
      try DatasetCatalog.load(
        name: "mnist", folders: DataFolders(dataDirectory: folder.path) { _ in nil },
        validationCount: 5_000)
    }
    let line = error?.description ?? ""
    #expect(line.hasPrefix("data set mnist not found in \(folder.path), data"))
    #expect(line.contains("\(folder.path)/mnist lacks train-labels-idx1-ubyte, t10k-images"))
    #expect(line.hasSuffix("hyperdist data fetch mnist"))
  }

  /// Well-formed files that are not MNIST.
  @Test func otherContentThanThePublishedIsRefused() {
    let folder = TestFolder()
    folder.write(
      [0, 0, 8, 1, 0, 0, 0x27, 0x10] + [UInt8](repeating: 1, count: 10_000),
      to: "t10k-labels-idx1-ubyte")
    for name in Self.mnistNames where name != "t10k-labels-idx1-ubyte" {
      folder.write([], to: name)
    }
    let error = #expect(throws: DatasetError.self) {
      try DatasetCatalog.load(
        name: "mnist", folders: DataFolders(dataDirectory: folder.path) { _ in nil },
        validationCount: 5_000)
    }
    #expect(error?.description.contains("t10k-labels-idx1-ubyte: not the published file") == true)
  }

  @Test func badRequestsExitWithTwo() {
    let unknown = #expect(throws: DatasetError.self) {
      try DatasetCatalog.load(name: "mnits", dataDirectory: nil, validationCount: 0)
    }
    #expect(
      unknown?.description
        == "no data set 'mnits': there are mnist, cifar10, cifar100, glyphs, curve")
    let split = #expect(throws: DatasetError.self) {
      try DatasetCatalog.load(name: "glyphs", dataDirectory: nil, validationCount: 10_000)
    }
    #expect(unknown?.exitStatus == .badRequest && split?.exitStatus == .badRequest)
  }
}
