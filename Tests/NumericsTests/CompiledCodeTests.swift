// What the program knows of the processor it was compiled for.

import Glibc
import Host
import Numerics
import Testing

@Suite struct CompiledCodeTests {
  private static let header =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/Sources/CInstructions/include/compiled_for.h"

  /// The header's macros for processors of three generations.
  @Test(
    .enabled(if: Subprocess.run(["clang", "--version"]) == nil),
    arguments: [
      ("x86-64", 128, 0), ("sandybridge", 256, 0), ("haswell", 256, 1), ("znver3", 256, 1),
      ("skylake-avx512", 512, 1), ("znver4", 512, 1),
    ])
  func widthOfProcessors(processor: String, width: Int, fused: Int) throws {
    let source = "/tmp/hyperdist-compiled-for-\(getpid())-\(processor).c"
    let file = try #require(fopen(source, "w"))
    defer { unlink(source) }
    fputs(
      """
      #include "\(Self.header)"
      _Static_assert(HYPERDIST_SIMD_WIDTH == \(width), "width");
      _Static_assert(HYPERDIST_FUSED_MULTIPLY_ADD == \(fused), "fused multiply-adds");

      """, file)
    fclose(file)
    #expect(
      Subprocess.run([
        "clang", "--target=x86_64-unknown-linux-gnu", "-march=\(processor)", "-fsyntax-only",
        source,
      ]) == nil)
  }

  #if arch(x86_64) && !DEBUG
    /// The flag that the program was compiled with reaches the header: its code says the same.
    @Test func machineCodeIsAsWide() {
      let probe: @convention(c) (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void =
        simdProbe
      var code = unsafeBitCast(probe, to: UnsafePointer<UInt8>.self)
      func skip(_ bytes: [UInt8]) {
        if (0..<bytes.count).allSatisfy({ code[$0] == bytes[$0] }) { code += bytes.count }
      }
      skip([0xF3, 0x0F, 0x1E, 0xFA])  // endbr64
      skip([0x55, 0x48, 0x89, 0xE5])  // push rbp; mov rbp, rsp
      // The first instruction loads from memory: in the encoding of AVX-512 (EVEX), of AVX (VEX) or of SSE.
      let width =
        switch code[0] {
        case 0x62: 512
        case 0xC4, 0xC5: 256
        default: 128
        }
      #expect(CompiledCode.simdWidth == width)
    }
  #endif
}

#if arch(x86_64) && !DEBUG
  /// target += source, 16 numbers each: read as machine code, never called.
  @c(hyperdist_simd_probe)
  private func simdProbe(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    let sum =
      UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Float>.self)
      + UnsafeRawPointer(target).loadUnaligned(as: SIMD16<Float>.self)
    UnsafeMutableRawPointer(target).storeBytes(of: sum, as: SIMD16<Float>.self)
  }
#endif
