// Memory that the C library keeps for later.
#pragma once

// Gives freed memory back to the system.
void hyperdist_release_memory(void);
