// What is known of the files of a data set: where they are, and whether they are the published ones.

extension DatasetCatalog {
  /// All data sets and where each was found. Looks for files, reads none.
  public static func list(dataDirectory: String? = nil) -> [DatasetListing] {
    list(folders: DataFolders(dataDirectory: dataDirectory))
  }

  package static func list(folders: DataFolders) -> [DatasetListing] {
    descriptions.map { description in
      DatasetListing(
        name: description.name, summary: description.summary,
        location: description.files.map { files in
          (try? folders.find(files, of: description.name))?.folder
        } ?? GlyphDataset.location)
    }
  }

  /// The files of a data set that ``load(name:dataDirectory:validationCount:)`` would read; none where it is not found.
  public static func paths(name: String, dataDirectory: String?) -> [String] {
    guard let files = (try? describe(name: name))?.files else { return [] }
    return (try? DataFolders(dataDirectory: dataDirectory).find(files, of: name))?.paths ?? []
  }

  /// Compares the SHA-256 of each file's (uncompressed) content with the published one.
  ///
  /// Throws where the files are not found; what is wrong with one of them is its verdict.
  public static func verify(
    name: String, dataDirectory: String?
  ) throws(DatasetError) -> [FileVerification] {
    try verify(name: name, folders: DataFolders(dataDirectory: dataDirectory))
  }

  package static func verify(
    name: String, folders: DataFolders
  ) throws(DatasetError) -> [FileVerification] {
    guard let files = try describe(name: name).files else {
      return [
        name == DatasetDescription.curve.name
          ? CurveDataset.verification() : GlyphDataset.verification()
      ]
    }
    let paths = try folders.find(files, of: name).paths
    return zip(paths, files.files).map { path, file in
      FileVerification(path: path, verdict: verdict(path: path, published: file.digest))
    }
  }

  private static func verdict(path: String, published: String) -> FileVerification.Verdict {
    do throws(DatasetError) {
      let found = try ContentStream.digest(of: path)
      return found == published ? .published : .different(found: found, published: published)
    } catch {
      return .unreadable(error.description)
    }
  }
}
