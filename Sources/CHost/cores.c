#define _GNU_SOURCE
#include "cores.h"

#include <sched.h>

int hyperdist_cores(int process, int *cores, int capacity) {
  // Room for more cores than the kernel knows; a smaller set than its own is refused.
  const int most = 1 << 16;
  cpu_set_t *mask = CPU_ALLOC(most);
  const size_t size = CPU_ALLOC_SIZE(most);
  int count = 0;
  if (mask != NULL && sched_getaffinity(process, size, mask) == 0) {
    for (int core = 0; core < most && count < capacity; core++) {
      if (CPU_ISSET_S(core, size, mask)) cores[count++] = core;
    }
  }
  CPU_FREE(mask);
  return count;
}

int hyperdist_pin_thread(int core) {
  cpu_set_t *mask = CPU_ALLOC(core + 1);
  if (mask == NULL) return 0;
  const size_t size = CPU_ALLOC_SIZE(core + 1);
  CPU_ZERO_S(size, mask);
  CPU_SET_S(core, size, mask);
  const int status = sched_setaffinity(0, size, mask);
  CPU_FREE(mask);
  return status == 0;
}
