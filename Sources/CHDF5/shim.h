// HDF5 identifiers that are macros in hdf5.h, which Swift does not import, as inline functions.
#pragma once
#include <hdf5.h>
#include <mpi.h>
