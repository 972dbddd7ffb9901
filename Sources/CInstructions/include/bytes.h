// Sixteen bytes and sixteen Floats, which Swift converts one by one.
#pragma once

#include <stdint.h>

typedef uint8_t hyperdist_bytes __attribute__((vector_size(16), aligned(1), may_alias));
typedef float hyperdist_numbers __attribute__((vector_size(64), aligned(4), may_alias));

// Sixteen Floats from sixteen bytes.
static inline __attribute__((always_inline)) void hyperdist_widen_bytes(
    const void *bytes, void *floats) {
  *(hyperdist_numbers *)floats =
      __builtin_convertvector(*(const hyperdist_bytes *)bytes, hyperdist_numbers);
}

// Sixteen bytes from sixteen Floats, whole numbers from 0 to 255.
static inline __attribute__((always_inline)) void hyperdist_narrow_bytes(
    const void *floats, void *bytes) {
  *(hyperdist_bytes *)bytes =
      __builtin_convertvector(*(const hyperdist_numbers *)floats, hyperdist_bytes);
}
