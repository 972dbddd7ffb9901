// Parts of objects that an HDF5 file has elsewhere.

/// Where the content of a message lies that an object's header does not hold (HDF5 File Format Specification 3.0, IV.A.2): a type with a
/// name of its own.
struct SharedMessage {
  let object: UInt64

  /// Throws where it lies in a table of shared messages, which files of superblocks 0 and 1 do not have: HDF5 1.10 looks for it all the same.
  init?(_ content: ArraySlice<UInt8>, in file: borrowing FileBytes) throws(CheckpointError) {
    let content = Array(content)
    guard content.count >= 2 else { return nil }
    let version = content[0]
    if version > 1, content[1] == 1 {
      throw file.damage("a part of it lies in a table of shared messages, which it does not have")
    }
    let place = version == 1 ? 8 : 2
    guard content.count >= place + 8 else { return nil }
    object = content.number(place, UInt64.self)
  }
}
