// Which version of the program this is.

import CHost

public enum ProgramVersion {
  public static let current = "0.1.0"

  /// The linker's number of this build, in hexadecimal digits: equal for equal programs. Empty where the linker gave none.
  public static let build: String = {
    var text = [CChar](repeating: 0, count: 129)
    let count = hyperdist_build_identifier(&text, Int32(text.count))
    return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}
