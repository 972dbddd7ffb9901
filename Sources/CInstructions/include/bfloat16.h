// Instructions for bfloat16 that Swift has no names for, where the compiler may use them.
//
// A pair is two bfloat16 in a word of 32 bits, the first one in the lower half. Everything is inlined into its caller.
#pragma once

#include <stdint.h>

#define HYPERDIST_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512BF16__) && defined(__AVX512VL__)

#include <immintrin.h>

// Whether the functions below are instructions of the processor; where not, they must not be called.
#define HYPERDIST_BFLOAT16_INSTRUCTIONS 1

// Sixteen Floats from sixteen bfloat16.
HYPERDIST_INLINE void hyperdist_widen(const void *numbers, void *floats) {
  __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256(numbers));
  _mm512_storeu_si512(floats, _mm512_slli_epi32(words, 16));
}

// Sixteen bfloat16 from sixteen Floats, rounded to nearest even; subnormal numbers become 0.
HYPERDIST_INLINE void hyperdist_narrow(const void *floats, void *numbers) {
  _mm256_storeu_si256(numbers, (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(floats)));
}

// Sixteen pairs of the first and the second sixteen Floats, rounded likewise.
HYPERDIST_INLINE void hyperdist_narrow_pairs(const void *first, const void *second, void *pairs) {
  __m256i lower = (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(first));
  __m256i upper = (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(second));
  _mm512_storeu_si512(
      pairs, _mm512_or_si512(
                 _mm512_cvtepu16_epi32(lower), _mm512_slli_epi32(_mm512_cvtepu16_epi32(upper), 16)));
}

// Eight rows of sixteen Floats: result[j, :] becomes, or where `accumulating` grows by, the sum over i < count of
// the dot products of left[j * row + i * step] and right[i, :], both of them pairs.
HYPERDIST_INLINE void hyperdist_dot_eight(
    const uint32_t *left, long row, long step, const uint32_t *right, long count, float *result,
    int accumulating) {
  __m512 sums[8];
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) {
    sums[j] = accumulating ? _mm512_loadu_ps(result + 16 * j) : _mm512_setzero_ps();
  }
  for (long i = 0; i < count; i++) {
    __m512bh factors = (__m512bh)_mm512_loadu_si512(right + 16 * i);
#pragma clang loop unroll(full)
    for (int j = 0; j < 8; j++) {
      __m512i factor = _mm512_set1_epi32((int)left[j * row + i * step]);
      sums[j] = _mm512_dpbf16_ps(sums[j], (__m512bh)factor, factors);
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < 8; j++) _mm512_storeu_ps(result + 16 * j, sums[j]);
}

#else

#define HYPERDIST_BFLOAT16_INSTRUCTIONS 0

HYPERDIST_INLINE void hyperdist_widen(const void *numbers, void *floats) { __builtin_trap(); }

HYPERDIST_INLINE void hyperdist_narrow(const void *floats, void *numbers) { __builtin_trap(); }

HYPERDIST_INLINE void hyperdist_narrow_pairs(const void *first, const void *second, void *pairs) {
  __builtin_trap();
}

HYPERDIST_INLINE void hyperdist_dot_eight(
    const uint32_t *left, long row, long step, const uint32_t *right, long count, float *result,
    int accumulating) {
  __builtin_trap();
}

#endif
