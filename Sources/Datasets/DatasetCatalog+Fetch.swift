// Downloading data sets.

import Files
import Glibc
import Host

extension DatasetCatalog {
  /// Downloads a data set's files from the first public mirror that has them, into its usual
  /// subfolder of `directory` (by default of the user's cache folder), and checks their SHA-256.
  ///
  /// A file appears under its name only when it is complete and right; files that are there already
  /// and are right stay. `HYPERDIST_MIRROR` (a URL, `file://` too) replaces the list of mirrors. Runs
  /// `curl`, or `wget`, and `tar`. `progress` gets one line for each file. For one rank alone.
  ///
  /// Returns the folder.
  @discardableResult
  public static func fetch(
    name: String, into directory: String?, progress: (String) -> Void
  ) throws(DatasetError) -> String {
    try fetch(
      name: name, into: directory, environment: DataFolders.environmentVariable, progress: progress)
  }

  package static func fetch(
    name: String, into directory: String?, environment: (String) -> String?,
    progress: (String) -> Void
  ) throws(DatasetError) -> String {
    guard let files = try describe(name: name).files else {
      throw .notDownloadable(name: name)
    }
    let folders = DataFolders(dataDirectory: nil, environment: environment)
    guard let parent = directory ?? folders.cache else {
      throw .notWritable(
        path: "cache folder", reason: "neither HOME nor XDG_CACHE_HOME is set; give --data-dir")
    }
    let folder = "\(parent)/\(files.folder)"
    let mirror = environment("HYPERDIST_MIRROR").flatMap { $0.isEmpty ? nil : [$0] }
    switch files.download {
    case .gzippedFiles(let mirrors):
      try writing { () throws(FileError) in try Folder.make(folder) }
      for file in files.files {
        let path = "\(folder)/\(file.name).gz"
        if (try? ContentStream.digest(of: path)) == file.digest {
          progress("\(path): there already")
          continue
        }
        let partial = PartialFile(
          for: path, writtenAs: "\(folder)/.\(getpid()).\(file.name).gz")
        try download(
          "\(file.name).gz", from: mirror ?? mirrors, to: partial.path, digest: file.digest,
          digestOf: ContentStream.digest(of:), folder: folder, progress: progress)
        try writing { () throws(FileError) in try partial.publish() }
        progress("\(path): SHA-256 is right")
      }
    case .archive(let archive, let digest, let mirrors):
      let isComplete = files.files.allSatisfy {
        (try? ContentStream.digest(of: "\(folder)/\($0.name)")) == $0.digest
      }
      if isComplete {
        progress("\(folder): there already")
        return folder
      }
      try writing { () throws(FileError) in try Folder.make(parent) }
      let partial = "\(parent)/.\(getpid()).\(archive).part"
      try download(
        archive, from: mirror ?? mirrors, to: partial, digest: digest,
        digestOf: InputFile.digest(of:), folder: parent, progress: progress)
      defer { unlink(partial) }
      try unpack(partial, into: folder)
      progress("\(folder): unpacked, SHA-256 is right")
    }
    return folder
  }

  /// Unpacks the files of an archive's one folder into `folder`, where each appears when all are whole.
  static func unpack(_ archive: String, into folder: String) throws(DatasetError) {
    let aside = "\(folder).\(getpid())\(PartialFile.suffix)"
    try writing { () throws(FileError) in try Folder.make(aside) }
    defer {
      for name in Folder.names(in: aside) { unlink("\(aside)/\(name)") }
      rmdir(aside)
    }
    if let problem = Subprocess.run([
      "tar", "-xzf", archive, "-C", aside, "--strip-components=1",
    ]) {
      throw .notWritable(path: folder, reason: "unpacking \(archive): \(problem)")
    }
    try writing { () throws(FileError) in
      try Folder.make(folder)
      for name in Folder.names(in: aside) {
        try PartialFile(for: "\(folder)/\(name)", writtenAs: "\(aside)/\(name)").publish()
      }
    }
  }

  /// Downloads `file` from the first of `mirrors` where it has the digest; removes what has not.
  private static func download(
    _ file: String, from mirrors: [String], to path: String, digest: String,
    digestOf: (String) throws(DatasetError) -> String, folder: String, progress: (String) -> Void
  ) throws(DatasetError) {
    var attempts: [String] = []
    for mirror in mirrors {
      let url = mirror.hasSuffix("/") ? mirror + file : "\(mirror)/\(file)"
      progress("downloading \(url)")
      if let problem = transfer(url, to: path) {
        attempts.append("\(mirror): \(problem)")
      } else {
        do throws(DatasetError) {
          let found = try digestOf(path)
          if found == digest { return }
          attempts.append("\(mirror): its SHA-256 is \(found), should be \(digest)")
        } catch {
          attempts.append("\(mirror): \(error.description)")
        }
      }
      unlink(path)
    }
    throw .downloadFailed(file: file, attempts: attempts, folder: folder)
  }

  /// Nil on success, otherwise why not.
  private static func transfer(_ url: String, to path: String) -> String? {
    let problem = Subprocess.run([
      "curl", "--fail", "--silent", "--show-error", "--location", "--connect-timeout", "20",
      "--output", path, url,
    ])
    // Only where there is no curl: what curl itself says is worth more than a second attempt.
    guard let problem, problem.hasPrefix("curl: No such file") else { return problem }
    let second = Subprocess.run(["wget", "--no-verbose", "--timeout=20", "-O", path, url])
    if let second, second.hasPrefix("wget: No such file") {
      return "neither curl nor wget is installed"
    }
    return second
  }

  /// Does what may fail where files cannot be written.
  private static func writing(_ body: () throws(FileError) -> Void) throws(DatasetError) {
    do throws(FileError) {
      try body()
    } catch {
      throw .notWritable(path: error.path, reason: error.reason)
    }
  }
}
