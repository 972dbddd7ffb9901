// Downloads, from mirrors that are folders of this machine.

import Files
import Glibc
import TestSupport
import Testing

@testable import Datasets
@testable import Host

@Suite struct DatasetCatalogFetchTests {
  /// Fetches `name` into `folder` from a mirror.
  func fetch(_ name: String, into folder: TestFolder, mirror: String) throws(DatasetError) -> String
  {
    try DatasetCatalog.fetch(
      name: name, into: folder.path,
      environment: { $0 == "HYPERDIST_MIRROR" ? mirror : nil }, progress: { _ in })
  }

  @Test func unreachableMirrorIsOneClearLine() {
    let (folder, empty) = (TestFolder(), TestFolder())
    let error = #expect(throws: DatasetError.self) {
      try fetch("mnist", into: folder, mirror: "file://\(empty.path)")
    }
    let line = error?.description ?? ""
    #expect(line.hasPrefix("train-images-idx3-ubyte.gz could not be downloaded (file://"))
    #expect(line.contains("download it by hand into \(folder.path)/mnist"))
    #expect(!line.contains("\n"))
    #expect(folder.names(in: "mnist") == [])
  }

  @Test func wrongContentIsRefusedAndRemoved() {
    let (folder, mirror) = (TestFolder(), TestFolder())
    mirror.write(gzip([1, 2, 3]), to: "train-images-idx3-ubyte.gz")
    mirror.write([1, 2, 3], to: "cifar-10-binary.tar.gz")
    for name in ["mnist", "cifar10"] {
      let error = #expect(throws: DatasetError.self) {
        try fetch(name, into: folder, mirror: "file://\(mirror.path)/")
      }
      #expect(error?.description.contains("its SHA-256 is ") == true)
    }
    mirror.write([1, 2, 3], to: "train-images-idx3-ubyte.gz")
    let error = #expect(throws: DatasetError.self) {
      try fetch("mnist", into: folder, mirror: "file://\(mirror.path)")
    }
    #expect(error?.description.contains("its SHA-256 is ") == true)
    #expect(folder.names(in: "mnist") == [])
    #expect(folder.names(in: "") == ["mnist"])
  }

  /// A shell's doing: an archive with a folder of two files.
  private func archive(in folder: TestFolder) throws -> String {
    folder.write([UInt8](repeating: 7, count: 300_000), to: "set/a.bin")
    folder.write("new", to: "set/b.txt")
    let made = Subprocess.run([
      "tar", "-czf", "\(folder.path)/set.tar.gz", "-C", folder.path, "set",
    ])
    try #require(made == nil)
    return "\(folder.path)/set.tar.gz"
  }

  @Test func unpackedFilesGetTheirNamesWhenAllAreWhole() throws {
    let (source, place) = (TestFolder(), TestFolder())
    let archive = try archive(in: source)
    place.write("old", to: "cifar/b.txt")
    // The disk fills up, or someone stops the program, halfway.
    let bytes = try #require(try WholeFile.bytes(archive))
    for count in [0, 200, bytes.count / 2, bytes.count - 20] {
      let cut = source.write(Array(bytes[..<count]), to: "cut.tar.gz")
      let error = #expect(throws: DatasetError.self) {
        try DatasetCatalog.unpack(cut, into: "\(place.path)/cifar")
      }
      #expect(error?.description.contains("cannot be written: unpacking") == true)
      #expect(place.names() == ["cifar"])
      #expect(place.names(in: "cifar") == ["b.txt"])
      #expect(try WholeFile.text("\(place.path)/cifar/b.txt") == "old")
    }
    try DatasetCatalog.unpack(archive, into: "\(place.path)/cifar")
    #expect(place.names() == ["cifar"])
    #expect(place.names(in: "cifar") == ["a.bin", "b.txt"])
    #expect(try WholeFile.text("\(place.path)/cifar/b.txt") == "new")
  }

  @Test func glyphsNeedNoDownload() {
    let error = #expect(throws: DatasetError.self) {
      try fetch("glyphs", into: TestFolder(), mirror: "file:///")
    }
    #expect(error?.exitStatus == .badRequest)
  }

  @Test(.enabled(if: DatasetCatalogTests.mnist != nil, "MNIST is not on this machine"))
  func realMNIST() throws {
    let folder = TestFolder()
    let source = try #require(
      DatasetCatalog.list().first { $0.name == "mnist" }?.location)
    try #require(DatasetCatalogTests.mnist?.allSatisfy { $0.path.hasSuffix(".gz") } == true)
    for _ in 0..<2 {
      #expect(
        try fetch("mnist", into: folder, mirror: "file://\(source)") == "\(folder.path)/mnist")
    }
    #expect(folder.names(in: "mnist").count == 4)
    let files = try DatasetCatalog.verify(
      name: "mnist", folders: DataFolders(dataDirectory: folder.path) { _ in nil })
    #expect(files.allSatisfy { $0.verdict == .published })
  }
}
