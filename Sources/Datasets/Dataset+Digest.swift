// Which images a data set holds, in one number.

import Files
import Host

extension Dataset {
  /// SHA-256 of all images and answers, as their files have them, split by split, as 64 hexadecimal digits: equal for equal images, wherever and in whatever
  /// files they lie. Reads all bytes once, on the threads of `pool`.
  public func digest(pool: WorkerPool) -> String {
    var whole = SHA256()
    whole.update("hyperdist images 1\n")
    for (name, images) in [("training", training), ("validation", validation), ("test", test)] {
      whole.update("\(name) \(images.count) \(images.shape) \(images.answers.kind.text)\n")
      for digest in images.pieceDigests(pool) { whole.update(digest) }
    }
    return whole.hexDigest()
  }
}

extension LabeledImages {
  /// Images whose digest one thread makes.
  private static let pieceCount = 1000

  /// Digests of images and answers, some at a time.
  fileprivate func pieceDigests(_ pool: WorkerPool) -> [String] {
    let pieces = (count + Self.pieceCount - 1) / Self.pieceCount
    var digests = [String](repeating: "", count: pieces)
    digests.withUnsafeMutableBufferPointer { digests in
      nonisolated(unsafe) let digests = digests
      pool.forEach(pieces) { piece, _ in
        digests[piece] = digest(
          of: piece * Self.pieceCount..<min(count, (piece + 1) * Self.pieceCount))
      }
    }
    return digests
  }

  private func digest(of range: Range<Int>) -> String {
    var digest = SHA256()
    for index in range {
      if let floats = floats(of: index) {
        digest.update(UnsafeRawBufferPointer(floats))
      } else {
        withBytes(of: index) { digest.update(UnsafeRawBufferPointer($0)) }
      }
    }
    switch answers {
    case .labels(let labels, _): labels[range].withUnsafeBytes { digest.update($0) }
    case .targets(let targets):
      for index in range { digest.update(UnsafeRawBufferPointer(targets.row(index))) }
    }
    return digest.hexDigest()
  }
}
