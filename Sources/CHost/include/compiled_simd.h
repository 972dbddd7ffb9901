// What the compiler was allowed to use.
#pragma once

// Bits of the widest SIMD registers the program was compiled for: 512, 256 or 128.
int hyperdist_simd_width(void);
