#include "freed_memory.h"

#include <malloc.h>

void hyperdist_release_memory(void) { malloc_trim(0); }
