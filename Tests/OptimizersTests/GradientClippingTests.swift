// Gradients cut to a size.

import Numerics
import Optimizers
import Testing

@Suite struct GradientClippingTests {
  @Test func normThenLimit() {
    let gradient = SharedBuffer<Float>(count: 3)
    let clipping = GradientClipping(norm: 10, limit: 5)
    gradient.view.copy(from: [3, -4, 0.5] as [Float])
    clipping.apply(to: gradient.view)
    #expect(gradient.view.array == [3, -4, 0.5])
    gradient.view.copy(from: [60, -80, 0] as [Float])
    clipping.apply(to: gradient.view)
    #expect(gradient.view.array == [5, -5, 0])
    gradient.view.copy(from: [12, -16, 0] as [Float])
    GradientClipping(norm: 10, limit: 100).apply(to: gradient.view)
    #expect(gradient.view.array == [6, -8, 0])
    gradient.view.copy(from: [30, -40, 0] as [Float])
    GradientClipping(norm: 5).apply(to: gradient.view)
    #expect(gradient.view.array == [3, -4, 0])
    gradient.view.copy(from: [1e30, -4, 0] as [Float])
    GradientClipping(norm: 5).apply(to: gradient.view)
    #expect(gradient.view.array == [0, 0, 0])
    #expect(GradientClipping(unlessZero: 0) == nil)
  }
}
