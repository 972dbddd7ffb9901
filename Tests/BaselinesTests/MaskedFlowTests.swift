// Steps with random masks: their determinant and their way back.

import Glibc
import Numerics
import TestSupport
import Testing

@testable import Baselines

@Suite struct MaskedFlowTests {
  private static let size = 6
  private static let masks: [Float] = [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0.25, 0, 0, 0, 0, 0, 0]

  private let flow: MaskedFlow
  private let layout: ParameterLayout
  private let values: [Double]
  private let masks = SharedBuffer<Float>(count: Self.masks.count)

  init() {
    var layout = ParameterLayout()
    flow = MaskedFlow("flow", size: Self.size, width: 4, stepCount: 3, in: &layout)
    self.layout = layout
    values = TestData.normal(layout.count, deviation: 0.6, stream: 1)
    masks.view.copy(from: Self.masks)
  }

  private func run(_ z: [Double], _ values: [Double]) -> (z: [Double], determinant: Double) {
    let room = SharedBuffer<Float>(count: Self.size)
    let parameters = SharedBuffer<Float>(count: values.count)
    let trace = SharedBuffer<Float>(count: flow.traceCount)
    room.view.copy(from: z.map { Float($0) })
    parameters.view.copy(from: values.map { Float($0) })
    let determinant = flow.forward(
      room.view, masks: masks.view, parameters.view, trace: trace.view, measured: true)
    return (room.view.array.map(Double.init), determinant)
  }

  private let z = TestData.normal(Self.size, deviation: 1, stream: 2)

  @Test func determinantIsTheJacobians() {
    // Masks of zeros and ones: with others the determinant has no closed form.
    masks.view[11] = 0
    var rows: [[Double]] = []
    for index in 0..<Self.size {
      rows.append(
        (0..<Self.size).map { output in
          CentralDifference.slope(at: z, index, step: 1e-2) { run($0, values).z[output] }
        })
    }
    // Gaussian elimination.
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
    let found = run(z, values).determinant
    #expect(abs(Glibc.log(abs(determinant)) - found) <= 2e-3 * max(1, abs(found)))
    #expect(found < -1)
  }

  /// Of a sum of the results, each times a number, and of the determinant.
  @Test func gradients() {
    let slopes = TestData.normal(Self.size, deviation: 1, stream: 3)
    func loss(_ z: [Double], _ values: [Double]) -> Double {
      let result = run(z, values)
      return zip(result.z, slopes).reduce(0) { $0 + $1.0 * $1.1 } + 0.7 * result.determinant
    }
    let room = SharedBuffer<Float>(count: Self.size)
    let parameters = SharedBuffer<Float>(count: values.count)
    let found = SharedBuffer<Float>(count: values.count)
    let trace = SharedBuffer<Float>(count: flow.traceCount)
    room.view.copy(from: z.map { Float($0) })
    parameters.view.copy(from: values.map { Float($0) })
    flow.forward(room.view, masks: masks.view, parameters.view, trace: trace.view, measured: true)
    room.view.copy(from: slopes.map { Float($0) })
    flow.backward(
      room.view, determinant: 0.7, masks: masks.view, parameters.view, trace: trace.view,
      into: found.view)
    for index in 0..<Self.size {
      let slope = CentralDifference.slope(at: z, index, step: 1e-2) { loss($0, values) }
      #expect(abs(slope - Double(room.view[index])) <= 2e-3, "z \(index)")
    }
    for index in 0..<values.count {
      let slope = CentralDifference.slope(at: values, index, step: 1e-2) { loss(z, $0) }
      #expect(abs(slope - Double(found.view[index])) <= 2e-3, "parameter \(index)")
    }
  }

  /// 255,760 numbers in the flows of MNIST's target, gates of which begin open.
  @Test func beginning() {
    var layout = ParameterLayout()
    let flows = [32, 16, 784, 8].map {
      MaskedFlow("flow\($0)", size: $0, width: 50, stepCount: 2, in: &layout)
    }
    #expect(layout.count == 255_760)
    let parameters = SharedBuffer<Float>(count: layout.count)
    flows[2].initialize(parameters.view, seed: 3)
    let step = flows[2].steps[1]
    #expect(parameters.view.slice(step.gateBias.range).array == [Float](repeating: 2, count: 784))
    let matrix = parameters.view.slice(step.shift.range)
    let square = Double(VectorMath.sumOfSquares(matrix)) / Double(matrix.count)
    #expect(abs(square / (4.0 / 834) - 1) <= 0.03)
  }
}
