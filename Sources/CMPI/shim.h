// MPI constants that are macros in mpi.h, which Swift does not import, as inline functions.
#pragma once
#include <mpi.h>

static inline MPI_Comm hyperdist_mpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm hyperdist_mpi_comm_self(void) { return MPI_COMM_SELF; }
static inline MPI_Comm hyperdist_mpi_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Info hyperdist_mpi_info_null(void) { return MPI_INFO_NULL; }
static inline MPI_Datatype hyperdist_mpi_uint16(void) { return MPI_UINT16_T; }
static inline MPI_Datatype hyperdist_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype hyperdist_mpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype hyperdist_mpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype hyperdist_mpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Op hyperdist_mpi_sum(void) { return MPI_SUM; }
static inline MPI_Op hyperdist_mpi_max(void) { return MPI_MAX; }
static inline MPI_Op hyperdist_mpi_min(void) { return MPI_MIN; }
static inline MPI_Errhandler hyperdist_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Status *hyperdist_mpi_status_ignore(void) { return MPI_STATUS_IGNORE; }
static inline MPI_Status *hyperdist_mpi_statuses_ignore(void) { return MPI_STATUSES_IGNORE; }
static inline MPI_Request hyperdist_mpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline void *hyperdist_mpi_in_place(void) { return MPI_IN_PLACE; }
