// Every way to compute a convolution against its formula, on every shape.

import Glibc
import Kernels
import Numerics
import Testing

/// On numbers whose sums are exact, so every element must be equal, rounded where it is stored in bfloat16; Winograd's
/// algorithm alone has factors such as 1/6, and rounds.
@Suite struct ConvolutionCandidatesTests {
  @Test(arguments: ConvolutionCase.odd)
  func oddShapes(_ test: ConvolutionCase) throws {
    for rectified in [false, true] {
      try ConvolutionCandidates.check(test, imageCount: 2, rectified: rectified)
    }
  }

  @Test(arguments: try ConvolutionCase.presets())
  func shapesOfPresets(_ test: ConvolutionCase) throws {
    try ConvolutionCandidates.check(
      test, imageCount: test.layout == .lanes ? 1 : 2, rectified: true)
  }

  @Test func presetsHaveAllKinds() throws {
    let cases = try ConvolutionCase.presets()
    #expect(cases.contains { $0.channels == 1 && $0.size == 5 })
    #expect(cases.contains { $0.channels == 64 && $0.height == 8 })
    #expect(cases.contains { $0.stride == 2 })
    #expect(Set(cases).count == cases.count)
  }

  /// Where oneDNN has no code for blocks of sixteen channels but its general one.
  @Test func withoutAVX512() async {
    await #expect(processExitsWith: .success) {
      setenv("DNNL_MAX_CPU_ISA", "AVX2", 1)
      #expect(!LibraryReport.hasAVX512)
      for test in try ConvolutionCase.odd + ConvolutionCase.presets() {
        try ConvolutionCandidates.check(test, imageCount: 1, rectified: true)
      }
    }
  }

  /// Each candidate is there for some shape, so that none is left untested.
  @Test func everyCandidateIsTaken() throws {
    var taken = Array(repeating: Set<String>(), count: 3)
    for test in try ConvolutionCase.odd + ConvolutionCase.presets() {
      for choice in try ConvolutionCandidates(test, imageCount: 1, .float32).choices() {
        for (pass, name) in choice.names.enumerated() {
          if let name { taken[pass].insert(name) }
        }
      }
    }
    let byHand: Set = [
      "Winograd", "patches", "Winograd in lanes", "images in lanes", "matrix of images",
    ]
    for (summary, taken) in zip(Convolution.candidates, taken) {
      let names = Set(summary.candidates.map(\.name))
      #expect(taken == (CompiledCode.hasFusedMultiplyAdd ? names : names.subtracting(byHand)))
    }
  }

  /// What is asked for and does not apply is refused and named.
  @Test func whatDoesNotApplyThrows() throws {
    let test = ConvolutionCase(channels: 3, filters: 7, size: 2, padding: .valid, layout: .plain)
    let found = #expect(throws: KernelError.self) {
      try ConvolutionCandidates(test, imageCount: 1, .float32).made(
        ConvolutionChoice(forward: "Winograd"))
    }
    #expect(found?.isUnimplemented == true)
    #expect(found?.function == "convolution forward by Winograd")
  }
}
