// A line for whoever's mapped file loses its end.
#pragma once
#include <stddef.h>

// From here on, an access to `size` bytes at `start` that the system cannot answer (SIGBUS: a file was cut short after it was
// mapped, or its disk failed) prints `line`, which must last, and ends the process with status 1. Returns 0 where there is
// no room for more mappings.
int hyperdist_watch_mapping(const void *start, size_t size, const char *line);

// Forgets the mapping at `start`.
void hyperdist_unwatch_mapping(const void *start);

// Milliseconds that the process waits before it prints: others, who may meet the same, go first.
void hyperdist_set_fault_delay(int milliseconds);
