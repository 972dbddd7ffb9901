// Signs of differences in two bits each, and what is made of them.
//
// A word holds those of sixteen numbers: in its lower half whether a difference is negative, in its upper half whether it is not zero.
#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// Overwrites words, one for each sixteen of count numbers, with the signs of a - b; behind the last number nothing differs.
static inline void hyperdist_pack_signs(
    const float *a, const float *b, long count, void *words) {
  char *place = (char *)words;
  for (long start = 0; start < count; start += 16, place += 4) {
    uint32_t word = 0;
#if defined(__AVX512F__)
    __mmask16 some = count - start < 16 ? (__mmask16)((1u << (count - start)) - 1) : 0xFFFF;
    __m512 difference =
        _mm512_sub_ps(_mm512_maskz_loadu_ps(some, a + start), _mm512_maskz_loadu_ps(some, b + start));
    __mmask16 negative = _mm512_movepi32_mask(_mm512_castps_si512(difference));
    __mmask16 differs = _mm512_cmp_ps_mask(difference, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    word = (uint32_t)negative | (uint32_t)differs << 16;
#else
    for (long lane = 0; lane < 16 && start + lane < count; lane++) {
      float difference = a[start + lane] - b[start + lane];
      uint32_t bits;
      memcpy(&bits, &difference, sizeof bits);
      word |= bits >> 31 << lane | (uint32_t)(difference != 0) << (16 + lane);
    }
#endif
    memcpy(place, &word, sizeof word);
  }
}

// Overwrites target, or where `accumulating` adds to it, c with the sign of each of count differences, 0 where there is none.
static inline void hyperdist_expand_signs(
    const void *words, long count, float c, float *target, int accumulating) {
  const char *place = (const char *)words;
  for (long start = 0; start < count; start += 16, place += 4) {
    uint32_t word;
    memcpy(&word, place, sizeof word);
#if defined(__AVX512F__)
    __mmask16 some = count - start < 16 ? (__mmask16)((1u << (count - start)) - 1) : 0xFFFF;
    __m512 value = _mm512_mask_blend_ps(
        (__mmask16)word, _mm512_set1_ps(c), _mm512_set1_ps(-c));
    value = _mm512_maskz_mov_ps((__mmask16)(word >> 16), value);
    if (accumulating) value = _mm512_add_ps(_mm512_maskz_loadu_ps(some, target + start), value);
    _mm512_mask_storeu_ps(target + start, some, value);
#else
    for (long lane = 0; lane < 16 && start + lane < count; lane++) {
      float value = (word >> (16 + lane) & 1) ? ((word >> lane & 1) ? -c : c) : 0;
      target[start + lane] = accumulating ? target[start + lane] + value : value;
    }
#endif
  }
}
