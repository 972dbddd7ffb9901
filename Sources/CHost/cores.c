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
