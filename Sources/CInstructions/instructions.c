#include "bfloat16.h"
#include "bytes.h"
#include "compiled_for.h"
#include "products.h"
