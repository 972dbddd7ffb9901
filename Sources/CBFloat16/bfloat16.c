#include "bfloat16.h"
