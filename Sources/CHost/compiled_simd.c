#include "compiled_simd.h"

#if defined(__x86_64__)
// Adds vectors of 512 bits; compiled from Swift with the options of the rest of the program, which those
// of this file need not be.
extern void hyperdist_simd_probe(const float *source, float *target);

int hyperdist_simd_width(void) {
  const unsigned char *code = (const unsigned char *)(const void *)hyperdist_simd_probe;
  // endbr64; push rbp; mov rbp, rsp
  if (code[0] == 0xF3 && code[1] == 0x0F && code[2] == 0x1E && code[3] == 0xFA) code += 4;
  if (code[0] == 0x55 && code[1] == 0x48 && code[2] == 0x89 && code[3] == 0xE5) code += 4;
  // The first instruction loads from memory: in the encoding of AVX-512 (EVEX), of AVX (VEX) or of SSE.
  if (code[0] == 0x62) return 512;
  if (code[0] == 0xC4 || code[0] == 0xC5) return 256;
  return 128;
}
#else
int hyperdist_simd_width(void) { return 128; }
#endif
