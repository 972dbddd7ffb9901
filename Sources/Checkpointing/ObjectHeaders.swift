// Headers of an HDF5 file's objects, read once each.

/// Reads headers, of all objects together no more bytes than two files like this one have: those of sound files do not overlap.
final class ObjectHeaders {
  let file: FileBytes
  private var room: Int
  /// Of types with names, which many objects may be of.
  private var shared: [UInt64: ObjectHeader?] = [:]

  init(_ file: consuming FileBytes) {
    room = 2 * file.size
    self.file = file
  }

  /// Nil where there is no header of version 1.
  func header(at place: UInt64) throws(CheckpointError) -> ObjectHeader? {
    try ObjectHeader(at: place, in: file, room: &room)
  }

  /// The content of the message that a shared one stands for; nil where it is not there. Throws where what is there lies elsewhere again,
  /// which HDF5 1.10 follows without end.
  func content(of message: SharedMessage, _ kind: UInt16) throws(CheckpointError) -> [UInt8]? {
    let place = message.object
    if shared[place] == nil { shared[place] = .some(try header(at: place)) }
    guard let found = shared[place]??.messages.first(where: { $0.kind == kind }) else { return nil }
    if found.isShared { throw file.damage("a part of it is nowhere") }
    return found.content
  }
}
