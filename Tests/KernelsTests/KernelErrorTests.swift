// What oneDNN's refusals say, and what the libraries say of themselves.

import Kernels
import Testing

@Suite struct KernelErrorTests {
  /// A gradient of another shape is refused by oneDNN: the error is one line that names the operator.
  @Test func wrongGradientShape() throws {
    let context = try KernelContext()
    let source = try Tensor(.plain([1, 1, 4, 4]), context: context)
    let pooling = try Pooling(
      source: source, kind: .max, window: [2, 2], stride: [2, 2], context: context
    ).make()
    let wrong = try Tensor(.plain([1, 1, 3, 3]), context: context)
    let error = #expect(throws: KernelError.self) {
      try pooling.prepareBackward(outputGradient: wrong, sourceGradient: source)
    }
    let text = error?.description ?? ""
    #expect(text.contains("[1, 1, 4, 4]"))
    #expect(text.contains("oneDNN \(LibraryReport.oneDNNVersion)"))
    #expect(!text.contains("\n"))
    #expect(error?.exitStatus == .failed)
  }

  @Test func librariesNameThemselves() {
    #expect(LibraryReport.oneDNNVersion.split(separator: ".").count == 3)
    #expect(LibraryReport.oneDNNInstructionSet != "")
    #expect(OpenBLASReport.configuration.hasPrefix("OpenBLAS"))
    #expect(OpenBLASReport.coreName != "")
  }
}
