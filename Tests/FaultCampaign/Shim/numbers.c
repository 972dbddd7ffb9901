// Loaded into a program before its libraries: makes a number that passes between program and libraries not finite, as a broken
// processor or a division by zero does.
//
// NUMBER_RANK   the rank concerned (default: all)
// NUMBER_AT     the call whose number is replaced, counted from 1; 0: none
// NUMBER_VALUE  what it becomes: nan, inf or -inf
// NUMBER_LOG    a file in which every call gets a line: number, name

#include "shim.h"

#include <math.h>
#include <mpi.h>
#include <string.h>

static _Atomic int calls;

static double poison(void) {
  const char *text = getenv("NUMBER_VALUE");
  return text ? strtod(text, NULL) : NAN;
}

// Whether this call's number is the one.
static int strikes(const char *name) {
  static int at = -1, concerned;
  if (at < 0) {
    concerned = is_rank("NUMBER_RANK");
    at = setting("NUMBER_AT", 0);
  }
  if (!concerned) return 0;
  int number = ++calls;
  log_line("NUMBER_LOG", "%d %s\n", number, name);
  return number == at;
}

// Numbers of one rank on their way to others.

static int is_real(MPI_Datatype type) { return type == MPI_FLOAT || type == MPI_DOUBLE; }

static void spoil(const char *name, const void *numbers, long count, MPI_Datatype type) {
  if (count <= 0 || !numbers || !is_real(type) || !strikes(name)) return;
  long place = setting("NUMBER_PLACE", 0) % count;
  if (type == MPI_FLOAT) ((float *)numbers)[place] = (float)poison();
  else ((double *)numbers)[place] = poison();
}

int MPI_Isend(const void *numbers, int count, MPI_Datatype type, int to, int tag, MPI_Comm c, MPI_Request *r) {
  spoil("MPI_Isend", numbers, count, type);
  return REAL(MPI_Isend)(numbers, count, type, to, tag, c, r);
}

int MPI_Allreduce(const void *from, void *to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm c) {
  if (op == MPI_SUM) spoil("MPI_Allreduce", from == MPI_IN_PLACE ? to : from, count, type);
  return REAL(MPI_Allreduce)(from, to, count, type, op, c);
}

int MPI_Iallreduce(const void *from, void *to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm c, MPI_Request *r) {
  if (op == MPI_SUM) spoil("MPI_Iallreduce", from == MPI_IN_PLACE ? to : from, count, type);
  return REAL(MPI_Iallreduce)(from, to, count, type, op, c, r);
}

static void spoil_blocks(const char *name, const void *numbers, const int *counts, const int *places, MPI_Datatype type,
                         MPI_Comm c) {
  int size;
  if (!numbers || numbers == MPI_IN_PLACE) return;
  MPI_Comm_size(c, &size);
  for (int other = 0; other < size; ++other) {
    if (counts[other] == 0) continue;
    int bytes;
    MPI_Type_size(type, &bytes);
    spoil(name, (const char *)numbers + (long)places[other] * bytes, counts[other], type);
    return;
  }
}

int MPI_Alltoallv(const void *from, const int *a, const int *b, MPI_Datatype t, void *to, const int *d, const int *e,
                  MPI_Datatype u, MPI_Comm c) {
  spoil_blocks("MPI_Alltoallv", from, a, b, t, c);
  return REAL(MPI_Alltoallv)(from, a, b, t, to, d, e, u, c);
}

int MPI_Ialltoallv(const void *from, const int *a, const int *b, MPI_Datatype t, void *to, const int *d, const int *e,
                   MPI_Datatype u, MPI_Comm c, MPI_Request *r) {
  spoil_blocks("MPI_Ialltoallv", from, a, b, t, c);
  return REAL(MPI_Ialltoallv)(from, a, b, t, to, d, e, u, c, r);
}

static void spoil_own(const char *name, const void *from, int count, MPI_Datatype t, void *to, const int *counts,
                      const int *places, MPI_Datatype u, MPI_Comm c) {
  if (from != MPI_IN_PLACE) return spoil(name, from, count, t);
  int rank, bytes;
  MPI_Comm_rank(c, &rank);
  MPI_Type_size(u, &bytes);
  spoil(name, (char *)to + (long)places[rank] * bytes, counts[rank], u);
}

int MPI_Allgatherv(const void *from, int n, MPI_Datatype t, void *to, const int *d, const int *e, MPI_Datatype u, MPI_Comm c) {
  spoil_own("MPI_Allgatherv", from, n, t, to, d, e, u, c);
  return REAL(MPI_Allgatherv)(from, n, t, to, d, e, u, c);
}

int MPI_Iallgatherv(const void *from, int n, MPI_Datatype t, void *to, const int *d, const int *e, MPI_Datatype u,
                    MPI_Comm c, MPI_Request *r) {
  spoil_own("MPI_Iallgatherv", from, n, t, to, d, e, u, c);
  return REAL(MPI_Iallgatherv)(from, n, t, to, d, e, u, c, r);
}

int MPI_Ireduce_scatter(const void *from, void *to, const int *counts, MPI_Datatype t, MPI_Op op, MPI_Comm c, MPI_Request *r) {
  spoil("MPI_Ireduce_scatter", from == MPI_IN_PLACE ? to : from, counts[0], t);
  return REAL(MPI_Ireduce_scatter)(from, to, counts, t, op, c, r);
}

// Numbers that one rank's libraries compute.

struct argument {
  int kind;
  void *memory;
};

int dnnl_primitive_execute(const void *primitive, void *stream, int count, const struct argument *arguments) {
  int (*real)(const void *, void *, int, const struct argument *) = dlsym(RTLD_NEXT, "dnnl_primitive_execute");
  int status = real(primitive, stream, count, arguments);
  // DNNL_ARG_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_WEIGHTS
  for (int i = 0; i < count; ++i) {
    int kind = arguments[i].kind;
    if (kind != 17 && kind != 129 && kind != 161) continue;
    int (*handle)(const void *, void **) = dlsym(RTLD_DEFAULT, "dnnl_memory_get_data_handle");
    void *bytes = NULL;
    if (handle) handle(arguments[i].memory, &bytes);
    if (bytes && strikes(kind == 17 ? "dnnl forward" : kind == 129 ? "dnnl backward" : "dnnl weights")) {
      float number = (float)poison();
      memcpy(bytes, &number, sizeof number);
    }
    break;
  }
  return status;
}

#define FUNCTION(type, name)                          \
  type name(type x) {                                 \
    type y = REAL(name)(x);                           \
    return strikes(#name) ? (type)poison() : y;       \
  }
FUNCTION(double, exp)
FUNCTION(float, expf)
FUNCTION(double, log)
FUNCTION(float, logf)
