// Names and numbers of a graph.

import Files
import Testing

@testable import Exporting

extension ModelMetadata {
  static let test = ModelMetadata(
    networks: "step 1", configuration: "a: 1\n", data: "glyphs", step: 1, stateDigest: nil, seed: 5)
}

@Suite struct GraphBuilderTests {
  @Test func namesAreGivenOnce() {
    let builder = GraphBuilder()
    let input = builder.input("x", [.named("batch"), .fixed(2)])
    let first = builder.within("layer1") { builder.add("Relu", [input.name]) }
    let second = builder.within("layer1") { builder.add("Relu", [first]) }
    let inner = builder.inner()
    let third = inner.within("layer1") { inner.add("Relu", [second]) }
    #expect(
      [input.name, first, second, third] == ["x", "layer1/Relu", "layer1/Relu_2", "layer1/Relu_3"])
    #expect(builder.input("x", []).name == "x_2")
  }

  @Test func numbersAreKeptOnce() {
    let builder = GraphBuilder()
    let values: [Float] = [1, 2]
    #expect(builder.constant("w", shape: [2], values) == builder.constant("w", shape: [2], values))
    #expect(builder.integers([-1, 4]) == builder.integers([-1, 4]))
    #expect(builder.integers([-1, 4]) != builder.integers([-1, 5]))
    let graph = builder.graph("g", inputs: [], outputs: [])
    #expect(graph.initializers.map(\.shape) == [[2], [2], [2]])
    #expect(graph.initializers[0].bytes == [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40])
    #expect(
      graph.initializers[1].bytes == [UInt8](repeating: 255, count: 8) + [4, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func metadataSaysWhatIsKnown() {
    let entries = ModelMetadata.test.entries(of: nil)
    #expect(
      entries.map(\.key) == [
        "networks", "data", "step", "seed", "configuration", "configuration_sha256",
      ])
    // printf 'a: 1\n' | sha256sum
    #expect(
      entries.last?.value == "37b128c59f1f5097f73f82691cb519f1f568667faab5ced1b4ab979d36837eae")
  }
}
