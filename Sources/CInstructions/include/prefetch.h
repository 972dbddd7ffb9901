// Asking for memory ahead of its use.
#pragma once

// Has the line of `address` brought into the second-level cache.
static inline __attribute__((always_inline)) void hyperdist_prefetch(
    const void *address, int for_writing) {
  if (for_writing) {
    __builtin_prefetch(address, 1, 2);
  } else {
    __builtin_prefetch(address, 0, 2);
  }
}
