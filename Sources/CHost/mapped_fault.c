// A handler of SIGBUS that knows which file lies at an address.
#define _GNU_SOURCE
#include "mapped_fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { capacity = 256 };

struct mapping {
  _Atomic(const char *) start;
  size_t size;
  const char *line;
};

static struct mapping mappings[capacity];
static atomic_int delay_milliseconds;
static atomic_flag is_installed = ATOMIC_FLAG_INIT;
static atomic_flag has_spoken = ATOMIC_FLAG_INIT;

static void handle(int number, siginfo_t *information, void *context) {
  (void)context;
  const char *address = information->si_addr;
  for (int i = 0; i < capacity; i++) {
    const char *start = atomic_load(&mappings[i].start);
    if (start == NULL || address < start || address >= start + mappings[i].size)
      continue;
    // Other threads wait for the first to end the process.
    while (atomic_flag_test_and_set(&has_spoken))
      pause();
    int delay = atomic_load(&delay_milliseconds);
    struct timespec time = {delay / 1000, delay % 1000 * 1000000L};
    // The launcher's signals, by which the first rank's end reaches the others, shorten no delay.
    while (nanosleep(&time, &time) != 0) {
    }
    ssize_t written = write(STDERR_FILENO, mappings[i].line, strlen(mappings[i].line));
    (void)written;
    _exit(1);
  }
  // Not ours: what the system does when the instruction is tried again.
  signal(number, SIG_DFL);
}

int hyperdist_watch_mapping(const void *start, size_t size, const char *line) {
  if (!atomic_flag_test_and_set(&is_installed)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGBUS, &action, NULL);
  }
  for (int i = 0; i < capacity; i++) {
    if (atomic_load(&mappings[i].start) != NULL)
      continue;
    mappings[i].size = size;
    mappings[i].line = line;
    atomic_store(&mappings[i].start, start);
    return 1;
  }
  return 0;
}

void hyperdist_unwatch_mapping(const void *start) {
  for (int i = 0; i < capacity; i++)
    if (atomic_load(&mappings[i].start) == start)
      atomic_store(&mappings[i].start, NULL);
}

void hyperdist_set_fault_delay(int milliseconds) { atomic_store(&delay_milliseconds, milliseconds); }
