#include "bfloat16.h"
#include "compiled_for.h"
#include "products.h"
