// What can be wrong with data, each as the one line a user reads.

import Host

public enum DatasetError: UserFacingError {
  case unknownName(String)
  /// None of the places searched has all files of the set. `partial` are folders with only some.
  case notFound(name: String, places: [String], partial: [String])
  /// The data set `file` without a path.
  case noPath
  case noFile(path: String, places: [String])
  case unreadable(path: String, reason: String)
  /// What the reader of a file's format says, the path included.
  case reported(String)
  /// The file is not what its name says.
  case malformed(path: String, problem: String)
  /// The file is well-formed, but is not the published one.
  case unpublished(path: String, digest: String, published: String, name: String)
  case badSplit(name: String, validationCount: Int, trainingCount: Int)
  /// Nothing to download: the set is drawn by the program.
  case notDownloadable(name: String)
  /// No mirror gave the file. `attempts` are mirrors with what went wrong.
  case downloadFailed(file: String, attempts: [String], folder: String)
  case notWritable(path: String, reason: String)
  /// A data file of another shape than the configuration says.
  case otherShape(path: String, found: String, expected: String)

  /// The same of a file that is told of by another name.
  func replacing(_ path: String, by name: String) -> DatasetError {
    switch self {
    case .malformed(path, let problem): .malformed(path: name, problem: problem)
    case .unreadable(path, let reason): .unreadable(path: name, reason: reason)
    case .reported(let text): .reported(text.replacing(path, with: name))
    default: self
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .unknownName, .noPath, .badSplit, .notDownloadable: .badRequest
    default: .failed
    }
  }

  public var description: String {
    switch self {
    case .unknownName(let name):
      "no data set '\(name)': there are \(DatasetCatalog.names.joined(separator: ", "))"
    case .notFound(let name, let places, let partial):
      "data set \(name) not found in \(places.joined(separator: ", "))"
        + (partial.isEmpty ? "" : " (incomplete: \(partial.joined(separator: "; ")))")
        + "; to download it: hyperdist data fetch \(name)"
    case .otherShape(let path, let found, let expected):
      "\(path): it has \(found), the configuration says \(expected) (data.inputs, data.classes, data.targets)"
    case .noPath: "name the HDF5 file of the data set (data.path)"
    case .noFile(let path, let places):
      "\(path): there is no such file, neither here nor in \(places.joined(separator: ", "))"
    case .reported(let text): text
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .malformed(let path, let problem): "\(path): \(problem)"
    case .unpublished(let path, let digest, let published, let name):
      "\(path): not the published file: SHA-256 of its content is \(digest), should be \(published)"
        + "; remove it and run: hyperdist data fetch \(name)"
    case .badSplit(let name, let validationCount, let trainingCount):
      "data.validationCount \(validationCount): \(name) has \(trainingCount) training images,"
        + " of which 0 ... \(trainingCount - 1) can be set aside for validation"
    case .notDownloadable(let name):
      "\(name) is drawn by the program: there is nothing to download"
    case .downloadFailed(let file, let attempts, let folder):
      "\(file) could not be downloaded (\(attempts.joined(separator: "; ")));"
        + " download it by hand into \(folder), or name a mirror in HYPERDIST_MIRROR"
    case .notWritable(let path, let reason): "\(path): cannot be written: \(reason)"
    }
  }
}
