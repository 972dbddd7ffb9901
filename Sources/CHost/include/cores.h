// The processor cores of a process.
#pragma once

// Writes the numbers of the cores in the affinity mask of process `process` (0: this one), at most `capacity`, and returns
// how many; 0 where the mask cannot be read.
int hyperdist_cores(int process, int *cores, int capacity);

// Leaves the calling thread to one core alone; 0 where the system refuses.
int hyperdist_pin_thread(int core);

// Tells the processor that the calling thread only waits.
static inline void hyperdist_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
