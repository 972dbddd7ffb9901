// Arrays of others' files, by many threads at a time.

import Dispatch
import Numerics
import Synchronization
import TestSupport
import Testing

@testable import Checkpointing

@Suite struct ArrayFileTests {
  private let folder = TestFolder()

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
