// The processor cores of this process.
#pragma once

// Writes the numbers of the cores in the process's affinity mask, at most `capacity`, and returns how
// many; 0 where the mask cannot be read.
int hyperdist_cores(int *cores, int capacity);
