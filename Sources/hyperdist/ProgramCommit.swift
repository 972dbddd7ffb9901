// Which commit this program was built from.

import Files
import Glibc
import Host

enum ProgramCommit {
  /// The program's path.
  static let program: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    return String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  /// The commit of the checkout that the program lies in, `-dirty` where files differ from it; else the program's version.
  static let ofThisProgram: String = {
    let output = "/tmp/hyperdist-commit-\(getpid())"
    defer { unlink(output) }
    let ending = Subprocess.execute(
      ["git", "-C", Folder.containing(program), "describe", "--always", "--dirty", "--abbrev=10"],
      output: output)
    let text = (try? WholeFile.text(output)) ?? nil
    let commit = text?.split(whereSeparator: \.isWhitespace).first.map(String.init)
    return ending.status == 0 ? commit ?? ProgramVersion.current : ProgramVersion.current
  }()
}
