#define _GNU_SOURCE
#include "cores.h"

#include <sched.h>

int hyperdist_available_cores(void) {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return 1;
  return CPU_COUNT(&mask);
}
