// What is published of a data set, and the digests that say it is that.

/// The files of one data set and where they come from.
struct DatasetFiles: Sendable {
  struct File: Sendable {
    let name: String
    /// SHA-256 of the published file, uncompressed.
    let digest: String
  }

  enum Download: Sendable {
    /// Each file on its own, gzipped, as MIRROR/NAME.gz.
    case gzippedFiles(mirrors: [String])
    /// One archive MIRROR/NAME that unpacks into the set's folder.
    case archive(name: String, digest: String, mirrors: [String])
  }

  enum Format: Sendable {
    /// Training images, training labels, test images, test labels.
    case idx
    /// Records of labels and pixels, the last file's for testing.
    case records(labelBytes: Int)
  }

  /// The subfolder the files usually lie in.
  let folder: String
  let files: [File]
  /// Whether a file may lie there as NAME.gz instead.
  let mayBeGzipped: Bool
  let format: Format
  let download: Download
}
