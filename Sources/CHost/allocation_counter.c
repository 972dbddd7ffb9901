// The C library's allocation functions, counted. The definitions here take precedence over glibc's in
// the whole program; each forwards to glibc's own under its internal name. Who called is told by the
// return address: inside the program's own text, or in a shared library.

#include "allocation_counter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

extern const char __executable_start;
extern const char etext;

static atomic_long own_count;
static atomic_long library_count;

static inline void count(const void *caller) {
  const int is_own = (const char *)caller >= &__executable_start && (const char *)caller < &etext;
  atomic_fetch_add_explicit(is_own ? &own_count : &library_count, 1, memory_order_relaxed);
}

long hyperdist_own_allocations(void) {
  return atomic_load_explicit(&own_count, memory_order_relaxed);
}

long hyperdist_library_allocations(void) {
  return atomic_load_explicit(&library_count, memory_order_relaxed);
}

void *malloc(size_t size) {
  count(__builtin_return_address(0));
  return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
  count(__builtin_return_address(0));
  return __libc_calloc(elements, size);
}

void *realloc(void *block, size_t size) {
  count(__builtin_return_address(0));
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  count(__builtin_return_address(0));
  void *made = __libc_memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *block = made;
  return 0;
}
