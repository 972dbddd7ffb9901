// The C library's allocation functions, counted. The definitions here take precedence over glibc's in
// the whole program; each forwards to glibc's own under its internal name. Who called is told by the
// return address: inside the program's own text, or in a shared library.

#include "allocation_counter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

extern const char __executable_start;
extern const char etext;

static atomic_long own_count;
static atomic_long library_count;
static _Thread_local int is_uncounted;

// An address sanitizer has definitions of its own.
#if !__has_feature(address_sanitizer)

static inline int is_own(const void *caller) {
  return (const char *)caller >= &__executable_start && (const char *)caller < &etext;
}

static inline void count(const void *caller) {
  if (is_uncounted) return;
  atomic_fetch_add_explicit(is_own(caller) ? &own_count : &library_count, 1, memory_order_relaxed);
}

// What libraries ask for beyond this may be what a damaged file says, which they answer themselves.
static const size_t most_of_libraries = (size_t)1 << 28;

// Swift has no answer to an allocation that fails but a trap, and oneDNN none but a crash: the program ends with a line.
static void *checked(void *block, size_t size, const void *caller) {
  if (block == NULL && size > 0 && (is_own(caller) || size <= most_of_libraries)) {
    char line[160];
    const int length = snprintf(
        line, sizeof line,
        "hyperdist: out of memory: %zu bytes more cannot be had; ask for less, or raise the limit (ulimit -v)\n", size);
    if (write(STDERR_FILENO, line, (size_t)length) < 0) _exit(1);
    _exit(1);
  }
  return block;
}

void *malloc(size_t size) {
  count(__builtin_return_address(0));
  return checked(__libc_malloc(size), size, __builtin_return_address(0));
}

void *calloc(size_t elements, size_t size) {
  count(__builtin_return_address(0));
  return checked(__libc_calloc(elements, size), elements * size, __builtin_return_address(0));
}

void *realloc(void *block, size_t size) {
  count(__builtin_return_address(0));
  return checked(__libc_realloc(block, size), size, __builtin_return_address(0));
}

void *memalign(size_t alignment, size_t size) {
  count(__builtin_return_address(0));
  return checked(__libc_memalign(alignment, size), size, __builtin_return_address(0));
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(__builtin_return_address(0));
  return checked(__libc_memalign(alignment, size), size, __builtin_return_address(0));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  count(__builtin_return_address(0));
  void *made = checked(__libc_memalign(alignment, size), size, __builtin_return_address(0));
  if (made == NULL) return ENOMEM;
  *block = made;
  return 0;
}

#endif

long hyperdist_own_allocations(void) {
  return atomic_load_explicit(&own_count, memory_order_relaxed);
}

long hyperdist_library_allocations(void) {
  return atomic_load_explicit(&library_count, memory_order_relaxed);
}

void hyperdist_leave_allocations_uncounted(void) { is_uncounted = 1; }
