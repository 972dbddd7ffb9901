// Coupling layers: their determinant and their way back.

import Glibc
import Numerics
import TestSupport
import Testing

@testable import Baselines

@Suite struct CouplingFlowTests {
  private static let size = 5

  private let flow: CouplingFlow
  private let values: [Double]
  private let x = TestData.normal(Self.size, deviation: 1, stream: 2)

  init() {
    var layout = ParameterLayout()
    flow = CouplingFlow(size: Self.size, width: 6, layerCount: 3, in: &layout)
    values = TestData.normal(layout.count, deviation: 0.4, stream: 1)
  }

  private func run(_ x: [Double], _ values: [Double]) -> (x: [Double], determinant: Double) {
    let room = SharedBuffer<Float>(count: Self.size)
    let parameters = SharedBuffer<Float>(count: values.count)
    let trace = SharedBuffer<Float>(count: flow.traceCount)
    room.view.copy(from: x.map { Float($0) })
    parameters.view.copy(from: values.map { Float($0) })
    let determinant = flow.forward(room.view, parameters.view, trace: trace.view)
    return (room.view.array.map(Double.init), determinant)
  }

  @Test func determinantIsTheJacobians() {
    var rows = (0..<Self.size).map { index in
      (0..<Self.size).map { output in
        CentralDifference.slope(at: x, index, step: 4e-3) { run($0, values).x[output] }
      }
    }
    var determinant = 1.0
    for pivot in 0..<Self.size {
      let best = (pivot..<Self.size).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }!
      rows.swapAt(pivot, best)
      determinant *= rows[pivot][pivot]
      for row in pivot + 1..<Self.size {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot..<Self.size { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    let found = run(x, values).determinant
    #expect(abs(log(abs(determinant)) - found) <= 2e-3)
    #expect(abs(found) > 0.1)
  }

  /// Of a sum of the results, each times a number, and of the determinant.
  @Test func gradients() {
    let slopes = TestData.normal(Self.size, deviation: 1, stream: 3)
    func loss(_ x: [Double], _ values: [Double]) -> Double {
      let result = run(x, values)
      return zip(result.x, slopes).reduce(0) { $0 + $1.0 * $1.1 } + 0.7 * result.determinant
    }
    let room = SharedBuffer<Float>(count: Self.size)
    let parameters = SharedBuffer<Float>(count: values.count)
    let found = SharedBuffer<Float>(count: values.count)
    let trace = SharedBuffer<Float>(count: flow.traceCount)
    room.view.copy(from: x.map { Float($0) })
    parameters.view.copy(from: values.map { Float($0) })
    _ = flow.forward(room.view, parameters.view, trace: trace.view)
    room.view.copy(from: slopes.map { Float($0) })
    flow.backward(
      room.view, determinant: 0.7, parameters.view, trace: trace.view, into: found.view)
    for index in 0..<Self.size {
      let slope = CentralDifference.slope(at: x, index, step: 4e-3) { loss($0, values) }
      #expect(abs(slope - Double(room.view[index])) <= 4e-3, "x \(index)")
    }
    for index in 0..<values.count {
      let slope = CentralDifference.slope(at: values, index, step: 4e-3) { loss(x, $0) }
      #expect(abs(slope - Double(found.view[index])) <= 4e-3, "parameter \(index)")
    }
  }
}
