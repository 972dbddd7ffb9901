// Files that are read as memory.

import CHost
import Glibc

/// A file mapped into memory for reading, shared by all processes of a machine. Where it is cut short while it is in use, or its
/// disk fails, the next access ends the process with one line that names it.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  public let bytes: UnsafeRawBufferPointer
  private let line: UnsafeMutablePointer<CChar>

  /// The errno of what could not be done.
  public struct Failure: Error {
    public let number: Int32
    public var reason: String { String(cString: strerror(number)) }
  }

  /// Maps all bytes of a file; `accepts` may refuse its size by throwing.
  public init(_ path: String, accepts: (_ size: Int) throws -> Void = { _ in }) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0 else { throw Failure(number: errno) }
    defer { close(descriptor) }
    guard fstat(descriptor, &status) == 0 else { throw Failure(number: errno) }
    let size = Int(status.st_size)
    try accepts(size)
    self.path = path
    line = strdup(
      "hyperdist: \(path): the file was cut short, or its disk failed, while it was in use; put it back whole, "
        + "then start again (a training continues with --resume auto)\n")
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED
    else {
      let number = errno
      free(line)
      throw Failure(number: number)
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
    _ = hyperdist_watch_mapping(start, size, line)
  }

  deinit {
    if let start = bytes.baseAddress {
      hyperdist_unwatch_mapping(start)
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
    free(line)
  }

  /// Lets rank 0 speak first where all ranks meet a fault.
  public static func setRank(_ rank: Int) { hyperdist_set_fault_delay(rank > 0 ? 10_000 : 0) }
}
