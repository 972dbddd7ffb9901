// Tensors follow each other in one buffer.

import Numerics
import Testing

@Suite struct ParameterLayoutTests {
  @Test func tensorsLieBehindEachOther() {
    var layout = ParameterLayout()
    #expect(layout.count == 0)
    let weight = layout.append("layer1/weight", shape: [3, 4])
    let scale = layout.append("norm1/scale", shape: [5])
    let scalar = layout.append("scalar", shape: [])
    #expect([weight, scale, scalar].map(\.range) == [0..<12, 12..<17, 17..<18])
    #expect(layout.count == 18)
    #expect(layout.entries == [weight, scale, scalar])
  }

  @Test func tensorsAreFoundByName() {
    var layout = ParameterLayout()
    layout.append("a", shape: [2])
    let b = layout.append("a/b", shape: [3])
    #expect(layout.entry(named: "a/b") == b)
    #expect(layout.entry(named: "b") == nil)
  }

  @Test func secondTensorOfANameTraps() async {
    await #expect(processExitsWith: .failure) {
      var layout = ParameterLayout()
      layout.append("a", shape: [2])
      layout.append("a", shape: [2])
    }
  }
}
