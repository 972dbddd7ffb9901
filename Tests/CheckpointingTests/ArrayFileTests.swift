// Arrays of others' files, by many threads at a time.

import Dispatch
import Glibc
import Numerics
import Synchronization
import TestSupport
import Testing

@testable import Checkpointing

@Suite struct ArrayFileTests {
  private let folder = TestFolder()

  /// Network file systems may have no locks, and a process started meanwhile keeps those of its parent's open files.
  @Test func aFileIsWrittenWhereAnotherHoldsItsLock() throws {
    let path = "\(folder.path)/locked.h5"
    let other = open(path, O_RDWR | O_CREAT, 0o644)
    defer { close(other) }
    #expect(flock(other, LOCK_EX) == 0)
    let writer = try ArrayFileWriter(path)
    try writer.write("values", shape: [1], [Float(1)])
    try writer.close()
    #expect(try ArrayFile(path).holds("values"))
  }

  /// HDF5 has one state for all threads, and a file is closed where its last owner goes away.
  @Test func threadsOpenReadAndLeaveFilesAtAnyTime() throws {
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      do {
        for round in 0..<300 {
          let path = "\(folder.path)/\(thread).h5"
          let writer = try ArrayFileWriter(path)
          try writer.write("values", shape: [3], [Float(thread), Float(round), 7])
          // Every other writer leaves its file without ending it.
          if round % 2 == 0 { try writer.close() } else { continue }
          let file = try ArrayFile(path)
          let array = try #require(try file.array("values"))
          let values = AlignedBuffer<Float>(count: 3)
          try file.read(array, rows: 0..<3, into: values.view)
          guard values.view.array == [Float(thread), Float(round), 7] else {
            throw CheckpointError("\(thread), \(round): \(values.view.array)")
          }
        }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
  }
}
