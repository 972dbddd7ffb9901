// oneDNN's C interface, and the one OpenMP call that keeps it to one thread inside a sample's thread.
#pragma once
#include <dnnl.h>

extern void omp_set_num_threads(int count);
extern int omp_get_max_threads(void);
