// Where data sets are looked for.

import Glibc

/// The folders searched for data, in order: the one named on the command line, $HYPERDIST_DATA,
/// ./data, and the user's cache folder; each itself and its subfolder of the set's usual name.
package struct DataFolders: Sendable {
  /// Folders to look in, best first.
  package let places: [String]
  /// $XDG_CACHE_HOME/hyperdist or ~/.cache/hyperdist: where downloads go. Nil without a home.
  package let cache: String?

  package init(
    dataDirectory: String?, environment: (String) -> String? = DataFolders.environmentVariable
  ) {
    func nonEmpty(_ name: String) -> String? {
      environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    cache =
      nonEmpty("XDG_CACHE_HOME").map { "\($0)/hyperdist" }
      ?? nonEmpty("HOME").map { "\($0)/.cache/hyperdist" }
    places = [dataDirectory, nonEmpty("HYPERDIST_DATA"), "data", cache].compactMap { $0 }
  }

  /// The value of an environment variable of this process, or nil.
  package static func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Paths of a set's files, in the order of `files.files`.
  struct Found {
    let folder: String
    let paths: [String]
  }

  /// The first folder that has all files of a set, as themselves or as .gz where allowed.
  ///
  /// Throws ``DatasetError/notFound(name:places:partial:)``, which tells of folders with only some.
  func find(_ files: DatasetFiles, of name: String) throws(DatasetError) -> Found {
    var partial: [String] = []
    for place in places {
      for folder in [place, "\(place)/\(files.folder)"] {
        var paths: [String] = []
        var missing: [String] = []
        for file in files.files {
          let plain = "\(folder)/\(file.name)"
          if Self.isFile(plain) {
            paths.append(plain)
          } else if files.mayBeGzipped, Self.isFile("\(plain).gz") {
            paths.append("\(plain).gz")
          } else {
            missing.append(file.name)
          }
        }
        if missing.isEmpty { return Found(folder: folder, paths: paths) }
        if !paths.isEmpty {
          partial.append("\(folder) lacks \(missing.joined(separator: ", "))")
        }
      }
    }
    throw .notFound(name: name, places: places, partial: partial)
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
