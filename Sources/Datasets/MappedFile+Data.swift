// Data files that are read as memory.

import Host

extension MappedFile {
  /// Maps a data file; `problem` says what is wrong with one of so many bytes. Its end, cut off later, is told in one line.
  static func ofData(_ path: String, problem: (_ size: Int) -> String?) throws(DatasetError)
    -> MappedFile
  {
    do {
      return try MappedFile(path) { size in
        if let problem = problem(size) {
          throw DatasetError.malformed(path: path, problem: problem)
        }
      }
    } catch let error as DatasetError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: (error as? Failure)?.reason ?? "\(error)")
    }
  }
}
