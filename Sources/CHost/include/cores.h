// The processor cores of a process.
#pragma once

// Writes the numbers of the cores in the affinity mask of process `process` (0: this one), at most `capacity`, and returns
// how many; 0 where the mask cannot be read.
int hyperdist_cores(int process, int *cores, int capacity);
