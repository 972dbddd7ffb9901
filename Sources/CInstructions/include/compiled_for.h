// Which instructions the compiler may use for whatever imports this: its own target processor decides.
#pragma once

// Bits of the widest SIMD registers.
#if defined(__AVX512F__)
#define HYPERDIST_SIMD_WIDTH 512
#elif defined(__AVX__)
#define HYPERDIST_SIMD_WIDTH 256
#else
#define HYPERDIST_SIMD_WIDTH 128
#endif

// Whether a multiplication and an addition are one instruction; where not, each element's is a call.
#if defined(__FMA__) || !defined(__x86_64__)
#define HYPERDIST_FUSED_MULTIPLY_ADD 1
#else
#define HYPERDIST_FUSED_MULTIPLY_ADD 0
#endif
