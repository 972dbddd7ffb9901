// The run's curves and histograms for TensorBoard.

import Files
import Glibc
import Host

/// `events.out.tfevents.*` of a run folder: the numbers of metrics.csv as scalars under its columns'
/// names, and at validations the histogram of the networks' accuracies; on rank 0 only.
///
/// The format is TensorFlow's: TFRecords (``TFRecord``) of protocol buffers `Event` (tensorflow/core/util/
/// event.proto) with a `Summary` (tensorflow/core/framework/summary.proto).
package struct EventFile {
  package let path: String

  private static let prefix = "events.out.tfevents."

  /// Begins the file, or continues it behind step `step`: events of later steps, which a resumed run
  /// makes again, are dropped, and so is a record that was cut off.
  package init(directory: String, continuingFrom step: Int) throws(FileError) {
    let existing = Self.files(in: directory)
    path =
      existing.first.map { "\(directory)/\($0)" }
      ?? "\(directory)/\(Self.name(time: time(nil), host: MachineDescription.current.host))"
    var bytes: [UInt8] = []
    if step > 0, let old = try WholeFile.bytes(path, advice: RunFolder.advice) {
      for data in TFRecord.records(of: old) where (Self.step(of: data) ?? 0) <= step {
        bytes += TFRecord.frame(data)
      }
    }
    if bytes.isEmpty {
      var version = ProtobufMessage()
      version.add(1, WallClock.seconds)
      version.add(3, "brain.Event:2")
      bytes = TFRecord.frame(version.bytes)
    }
    try WholeFile.replace(path, with: bytes, advice: RunFolder.advice)
  }

  /// A new file's name: `time` in seconds since 1970; whatever a host calls itself, a slash would be a folder.
  static func name(time: Int, host: String) -> String {
    "\(prefix)\(time).\(host.replacing("/", with: "_"))"
  }

  /// The names of event files in a folder.
  package static func files(in directory: String) -> [String] {
    Folder.names(in: directory).filter { $0.hasPrefix(prefix) && !$0.hasSuffix(PartialFile.suffix) }
  }

  /// Appends one event with all numbers of the row, and `accuracies` of a validation.
  package func append(_ row: MetricsRow, accuracies: [Double]?) throws(FileError) {
    var summary = ProtobufMessage()
    for column in MetricsColumn.all where column.isNumbers {
      guard let value = column.number(row), value.isFinite else { continue }
      var entry = ProtobufMessage()
      entry.add(1, column.name)
      entry.add(2, Float(value))
      summary.add(1, entry)
    }
    if let accuracies, !accuracies.isEmpty {
      var entry = ProtobufMessage()
      entry.add(1, "validation_accuracies")
      entry.add(5, Self.histogram(accuracies))
      summary.add(1, entry)
    }
    var event = ProtobufMessage()
    event.add(1, WallClock.seconds)
    event.add(2, row.step)
    event.add(5, summary)
    try WholeFile.append(TFRecord.frame(event.bytes), to: path, advice: RunFolder.advice)
  }

  /// Returns when all events are on the disk.
  package func sync() throws(FileError) { try Disk.sync(path, advice: RunFolder.advice) }

  /// A `HistogramProto` of thirty bins of equal width from the least to the largest value.
  private static func histogram(_ values: [Double]) -> ProtobufMessage {
    let (low, high) = (values.min()!, values.max()!)
    let count = 30
    let width = max(high - low, 1e-6) / Double(count)
    var bins = [Double](repeating: 0, count: count)
    for value in values { bins[min(count - 1, Int((value - low) / width))] += 1 }
    var message = ProtobufMessage()
    message.add(1, low)
    message.add(2, high)
    message.add(3, Double(values.count))
    message.add(4, values.reduce(0, +))
    message.add(5, values.reduce(0) { $0 + $1 * $1 })
    message.add(6, (1...count).map { low + Double($0) * width })
    message.add(7, bins)
    return message
  }

  /// The step of an `Event`, its field 2; nil where it has none.
  private static func step(of data: ArraySlice<UInt8>) -> Int? {
    ProtobufMessage.firstVarint(of: 2, in: data).map { Int(truncatingIfNeeded: $0) }
  }
}
