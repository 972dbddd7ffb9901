// Counts of memory allocations since the program's start.
#pragma once

// Allocations asked for by the program's own code, the Swift runtime linked into it included.
long hyperdist_own_allocations(void);
// Allocations asked for by shared libraries: oneDNN, MPI, HDF5, the C library.
long hyperdist_library_allocations(void);
// Leaves this thread's allocations out of both counts from now on: for threads that stand beside the work.
void hyperdist_leave_allocations_uncounted(void);
