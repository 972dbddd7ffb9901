// What kind of file system a path lies on.
#pragma once

// The magic number of statfs(2); 0 where it does not tell.
unsigned hyperdist_file_system(const char *path);
