// Who trains in a run folder.

import Files
import Glibc
import Host

/// The process that holds a run folder's lock, as its lock file names it.
struct RunOwner: JSONRecord, Equatable {
  var host = ""
  var process = 0
  /// The machine's number of this start of its system.
  var boot = ""
  /// Such as `SLURM job 17`; empty outside a batch system.
  var job = ""
  /// Seconds since 1970.
  var since = 0.0
  var command: [String] = []
  /// A number of this process's own.
  var token = ""
  /// Counted up while the owner lives.
  var beats = 0

  static let fields: [JSONField<RunOwner>] = [
    JSONField("host", \.host), JSONField("process", \.process), JSONField("boot", \.boot),
    JSONField("job", \.job), JSONField("since", \.since), JSONField("command", \.command),
    JSONField("token", \.token), JSONField("beats", \.beats),
  ]

  /// This process.
  static var current: RunOwner {
    var owner = RunOwner()
    owner.host = MachineDescription.current.host
    owner.process = Int(getpid())
    owner.boot = (try? WholeFile.text("/proc/sys/kernel/random/boot_id")) ?? owner.host
    owner.job = getenv("SLURM_JOB_ID").map { "SLURM job \(String(cString: $0))" } ?? ""
    owner.since = WallClock.seconds
    owner.command = CommandLine.arguments
    owner.token = String(UInt64.random(in: 0 ... .max), radix: 16)
    return owner
  }

  /// The owner that a lock file names; nil where it names none.
  static func read(_ path: String) -> RunOwner? {
    guard let text = try? WholeFile.text(path) else { return nil }
    return JSONValue(parsing: text).flatMap(RunOwner.init(json:)).flatMap {
      $0.token.isEmpty ? nil : $0
    }
  }

  /// Writes the name over what is in the file.
  func write(to file: Int32) {
    let bytes = Array("\(json)\n".utf8)
    _ = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    ftruncate(file, off_t(bytes.count))
  }

  /// In words.
  var text: String {
    var seconds = time_t(since)
    var local = tm()
    localtime_r(&seconds, &local)
    var date = [CChar](repeating: 0, count: 32)
    let count = strftime(&date, date.count, "%Y-%m-%d %H:%M:%S", &local)
    let when = String(decoding: date.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "process \(process) on \(host)\(job.isEmpty ? "" : " (\(job))") since \(when)"
  }
}
