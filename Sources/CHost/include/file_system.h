// Of file systems, what Swift has no names for.
#pragma once

// The magic number of statfs(2); 0 where it does not tell.
unsigned hyperdist_file_system(const char *path);

// Asks the system to bring what was written of some bytes of an open file to the disk, and does not wait.
void hyperdist_start_writing(int file, long place, long count);
