// The processor cores of this process.
#pragma once

// Cores in the process's affinity mask; 1 where it cannot be read.
int hyperdist_available_cores(void);
