// The machine a rank runs on, for people who look at a run later.

import Glibc
import TensorCore

struct MachineDescription: Sendable {
  let host: String
  /// As /proc/cpuinfo has it; empty where it does not tell.
  let processor: String
  /// Of the whole machine.
  let cores: Int
  let system: String

  static let current: MachineDescription = {
    var names = utsname()
    uname(&names)
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    let information = (try? TextFile.read("/proc/cpuinfo")) ?? nil
    let model = information?.split(separator: "\n").first { $0.hasPrefix("model name") }
    return MachineDescription(
      host: text(names.nodename),
      processor: model?.split(separator: ":", maxSplits: 1).last.map {
        String($0.drop { $0 == " " })
      } ?? "", cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
      system: "\(text(names.sysname)) \(text(names.release)) \(text(names.machine))")
  }()

  var json: JSONValue {
    .object([
      ("host", .string(host)), ("processor", .string(processor)), ("cores", .integer(cores)),
      ("system", .string(system)),
    ])
  }
}
