// The machine a rank runs on, for people who look at a run later.

import Glibc

package struct MachineDescription: Sendable {
  package var host = ""
  /// As /proc/cpuinfo has it; empty where it does not tell.
  package var processor = ""
  /// Of the whole machine.
  package var cores = 0
  package var system = ""

  package init() {}

  package static let current: MachineDescription = {
    var names = utsname()
    uname(&names)
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    let information = SystemText.read("/proc/cpuinfo")
    let model = information?.split(separator: "\n").first { $0.hasPrefix("model name") }
    var machine = MachineDescription()
    machine.host = text(names.nodename)
    machine.processor =
      model?.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) } ?? ""
    machine.cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    machine.system = "\(text(names.sysname)) \(text(names.release)) \(text(names.machine))"
    return machine
  }()
}
