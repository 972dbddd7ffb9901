// README's lines of Python as they are written there.

import Foundation
import TestSupport
import Testing

enum ReadmePython {
  /// The text of one fenced block.
  static func block(_ index: Int) throws -> String {
    let blocks = try RepositoryFile("README.md").text.components(separatedBy: "```python\n")
    try #require(blocks.count > index + 1)
    return try #require(blocks[index + 1].components(separatedBy: "```").first)
  }

  /// What a block prints in a folder, where it finds MNIST's test files of the folder `data`.
  static func output(
    of block: String, beside data: String, in folder: TestFolder, modules: [String]
  ) throws -> String {
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(data)/\(name)")
    }
    return try Python.output(
      of: "import os\nos.chdir(\"\(folder.path)\")\n" + block, [], modules: modules)
  }
}
