// Files of images that programs of other languages read too.

import Foundation
import TestSupport

enum ImageFiles {
  /// The folder of HYPERDIST_DATA that holds `file`, of the data set's published files in `subfolder`.
  private static func folder(_ subfolder: String, with file: String) -> String? {
    guard let data = ProcessInfo.processInfo.environment["HYPERDIST_DATA"] else { return nil }
    return [data, "\(data)/\(subfolder)"].first {
      FileManager.default.fileExists(atPath: "\($0)/\(file)")
    }
  }

  static let mnist = folder("mnist", with: "t10k-images-idx3-ubyte.gz")
  static let cifar10 = folder("cifar-10-batches-bin", with: "test_batch.bin")

  /// A folder of files in the format of CIFAR-10: random labels, images of bands of eight rows, each of a random
  /// brightness. (Networks take images of pixel noise for one another.)
  static func bands(in folder: TestFolder) throws -> String {
    let data = "\(folder.path)/cifar-10-batches-bin"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    let (records, size) = (10_000, 3073)
    for (file, name) in ((1...5).map { "data_batch_\($0)" } + ["test_batch"]).enumerated() {
      var bytes = Data(count: records * size)
      bytes.withUnsafeMutableBytes { bytes in
        var state = UInt64(file + 1)
        for index in bytes.indices {
          let position = index % size
          if position == 0 || position % 256 == 1 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          }
          let byte = UInt8(state >> 56)
          bytes[index] = position == 0 ? byte % 10 : byte
        }
      }
      try bytes.write(to: URL(filePath: "\(data)/\(name).bin"))
    }
    return data
  }
}
