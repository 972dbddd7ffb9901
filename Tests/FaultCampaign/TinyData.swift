// Images that are there at once: drawing the program's own takes longer than the trainings of this program.

import Checkpointing
import Numerics

/// A data file of 8 x 8 bytes in 4 classes, each a bright stripe over noise.
enum TinyData {
  static let name = "tiny.h5"
  static let setting =
    "data={name: file, path: \(name), inputs: [1, 8, 8], classes: 4, validationCount: 40}"

  /// Writes it into a folder of data.
  static func write(in folder: String) throws {
    let file = try ArrayFileWriter("\(folder)/\(name)")
    for (split, count) in [("train", 200), ("test", 64)] {
      let inputs: [UInt8] = (0..<count * 64).map(pixel)
      let labels: [Int64] = (0..<count).map { Int64($0 % 4) }
      try file.write("\(split)/inputs", shape: [count, 1, 8, 8], inputs)
      try file.write("\(split)/labels", shape: [count], labels)
    }
    try file.close()
  }

  private static func pixel(_ place: Int) -> UInt8 {
    let noise = UInt32(truncatingIfNeeded: place &* 2_654_435_761) >> 7
    let isBright = place % 64 / 16 == place / 64 % 4
    return UInt8(noise % 120) + (isBright ? 120 : 0)
  }
}
