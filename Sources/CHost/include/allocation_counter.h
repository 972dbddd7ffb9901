// Counts of memory allocations since the program's start.
#pragma once

// Allocations asked for by the program's own code, the Swift runtime linked into it included.
long hyperdist_own_allocations(void);
// Allocations asked for by shared libraries: oneDNN, MPI, HDF5, the C library.
long hyperdist_library_allocations(void);
